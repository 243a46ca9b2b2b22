const escape = (text: string) => text.replace(/[&"<>]/g, (char) => `&#${char.codePointAt(0)};`);

/** The HTML that shows a link in a course page. */
export const frameCode = (link: string, title: string): string =>
	`<iframe src="${escape(link)}" title="${escape(title)}" width="100%" height="640" style="border:0" loading="lazy" allow="fullscreen; clipboard-write; cross-origin-isolated"></iframe>`;
