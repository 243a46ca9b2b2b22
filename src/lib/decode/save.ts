/** Hands a file to the reader: the browser's own download. */
export function save(name: string, content: BlobPart, type: string): void {
	const link = document.createElement('a');
	link.href = URL.createObjectURL(new Blob([content], { type }));
	link.download = name;
	link.click();
	// The click has taken its reference by the next task.
	setTimeout(() => URL.revokeObjectURL(link.href), 0);
}

/** An SVG as a PNG of twice its size. @throws where the browser cannot draw it. */
export async function rasterise(svg: string): Promise<Blob> {
	const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
	try {
		const image = new Image();
		image.src = url;
		await image.decode();
		const canvas = document.createElement('canvas');
		canvas.width = 2 * image.width;
		canvas.height = 2 * image.height;
		canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
		return await new Promise((resolve, reject) =>
			canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no PNG'))), 'image/png')
		);
	} finally {
		URL.revokeObjectURL(url);
	}
}
