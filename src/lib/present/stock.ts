/** The scenes that the ready-made lectures are put together from, each in both languages. */
export type Locale = 'en' | 'zh';
export type Words = Readonly<Record<Locale, string>>;

export type Stock =
	| { title: Words; notes: Words; path: string; hide?: string[] }
	| { title: Words; notes: Words; body: Words }
	| {
			title: Words;
			notes: Words;
			question: Words;
			options: readonly Words[];
			answer: number;
			because: Words;
	  };

/** A lesson's figure without its text. */
const figureOf = (lesson: string, query = '') => ({
	path: `/learn/${lesson}/${query}`,
	hide: ['crumbs', 'heading', 'text', 'quiz']
});
/** The decoder without what runs it. */
const recorded = (query: string) => ({
	path: `/decode/?${query}`,
	hide: ['intro', 'prompt', 'setup', 'told', 'files']
});

export const stock = {
	welcome: {
		title: {
			en: 'Why does a GPU wait while a language model writes?',
			zh: '语言模型写字时，GPU 为什么在等？'
		},
		body: {
			en: 'A chip that multiplies 800 million million times a second, and a chatbot that writes a few dozen words in it.\nWhere does the time go?',
			zh: '一块每秒能做八百万亿次乘法的芯片，和一个每秒只写几十个词的聊天机器人。\n时间去哪儿了？'
		},
		notes: {
			en: 'Ask who has watched a chatbot type. Do not explain yet; the first figure does.',
			zh: '问问谁看过聊天机器人打字。先不解释，第一张图会说明。'
		}
	},
	hero: {
		title: { en: 'Memory is busy, arithmetic idles', zh: '内存忙，运算闲' },
		path: '/?slots=1',
		notes: {
			en: 'Let it play once. Then move the slider to 72: the idle lane fills, the time hardly changes. That is the whole idea.',
			zh: '先播放一遍，再把滑块移到 72：空闲的一行填满了，时间几乎不变。整个想法就在这里。'
		}
	},
	guess: {
		title: { en: 'Predict first', zh: '先猜一猜' },
		question: {
			en: 'A GPU checks 72 token positions in one pass instead of 1. How much longer does the pass take (Qwen3-8B, H100)?',
			zh: 'GPU 一次前向检查 72 个词元位置而不是 1 个，耗时增加多少（Qwen3-8B，H100）？'
		},
		options: [
			{ en: 'about 72 times as long', zh: '大约 72 倍' },
			{ en: 'about 8 times as long', zh: '大约 8 倍' },
			{ en: 'about 20 % longer', zh: '大约多 20 %' },
			{ en: 'no longer at all', zh: '完全不变' }
		],
		answer: 2,
		because: {
			en: 'Measured: 8.29 ms against 6.85 ms. The weights travel once, whatever the number of positions.',
			zh: '实测：8.29 毫秒对 6.85 毫秒。无论有多少位置，权重只搬运一次。'
		},
		notes: {
			en: 'Count hands before you press on. Most say 72 or 8.',
			zh: '先数举手再往下按。多数人会选 72 倍或 8 倍。'
		}
	},
	kitchen: {
		title: { en: 'The chef and the courier', zh: '厨师与快递员' },
		...figureOf('why-the-gpu-waits/chef-and-courier'),
		notes: {
			en: 'The trip is the weights, cooking is arithmetic. Add plates: one trip serves them all, until cooking takes longer than the trip.',
			zh: '路程是权重，烹饪是运算。多加几盘：一趟就够，直到烹饪比路程还久。'
		}
	},
	one: {
		title: { en: 'One token at a time', zh: '一次一个词元' },
		...figureOf('why-the-gpu-waits/one-token-at-a-time'),
		notes: {
			en: 'Step through. Every token needs all weights once more, because it depends on the token before.',
			zh: '一步步走。每个词元都要再搬一遍全部权重，因为它依赖前一个词元。'
		}
	},
	transfer: {
		title: { en: '140 GB for one word', zh: '一个词，140 GB' },
		...figureOf('why-the-gpu-waits/140-gb-for-one-word'),
		notes: {
			en: 'Bytes over bandwidth is the time. Have somebody work it out for their own laptop.',
			zh: '字节数除以带宽就是时间。请一位同学按自己的笔记本算一算。'
		}
	},
	roofline: {
		title: { en: 'The roofline', zh: '屋顶线' },
		...figureOf('why-the-gpu-waits/roofline'),
		notes: {
			en: 'Drag the slots. Left of the ridge memory sets the pace, right of it arithmetic.',
			zh: '拖动槽位。拐点左边由内存定节奏，右边由运算定节奏。'
		}
	},
	sweep: {
		title: { en: 'Which slots are free', zh: '哪些槽位免费' },
		...figureOf('why-the-gpu-waits/free-tokens'),
		notes: {
			en: 'Free is at most 10 % more than one slot, cheap at most 50 %. The crosses are measured.',
			zh: '免费指比一个槽位最多多 10 %，便宜指最多多 50 %。叉号是实测值。'
		}
	},
	kernels: {
		title: { en: 'Kernel by kernel', zh: '逐个内核看' },
		path: '/timeline/?p=article',
		hide: ['intro', 'sources', 'settings'],
		notes: {
			en: 'W and S zoom, A and D pan. Point at a kernel: bytes, FLOPs, and what it waits for.',
			zh: 'W、S 缩放，A、D 平移。指向一个内核：字节、FLOP，以及它在等什么。'
		}
	},
	intern: {
		title: { en: 'Guess cheaply, check at once', zh: '便宜地猜，一次检查完' },
		...figureOf('guess-and-check/the-intern'),
		notes: {
			en: 'An intern drafts, the expert reads all drafts in one go. Before each check, let the class bet how many are accepted.',
			zh: '实习生起草，专家一次读完所有草稿。每次检查之前，让全班猜会接受几个。'
		}
	},
	eagle: {
		title: { en: 'Looking over the expert’s shoulder', zh: '站在专家身后看一眼' },
		...figureOf('guess-and-check/eagle-3'),
		notes: {
			en: 'Three ways to draft, one clock. Only the price of guessing changes: ask which of the three bars a better guesser would shorten, and which a cheaper one.',
			zh: '三种起草方式，同一座时钟。变的只是猜的代价：问问大家，猜得更准会缩短哪一段，猜得更便宜又会缩短哪一段。'
		}
	},
	diffusion: {
		title: { en: 'All at once, and what haste does', zh: '一次写完，急了会怎样' },
		...figureOf('guess-and-check/all-at-once'),
		notes: {
			en: 'Play, then lower the threshold and let somebody read the text aloud. Nobody checks here: keep that in mind for the next scene.',
			zh: '先播放，再调低阈值，请一位同学把文字念出来。这里没有人检查：带着这一点看下一张图。'
		}
	},
	think: {
		title: { en: 'Think and talk in one pass', zh: '一次前向里边想边说' },
		...figureOf('tidar/think-and-talk'),
		notes: {
			en: 'Drafts are checked, and at the same time new ones are guessed, for every possible outcome of the check.',
			zh: '检查草稿的同时，为每种可能的检查结果猜出新的草稿。'
		}
	},
	mask: {
		title: { en: 'Who sees whom', zh: '谁能看见谁' },
		...figureOf('tidar/who-sees-whom'),
		notes: {
			en: 'Let the class fill in a row before you show it.',
			zh: '先让全班填一行，再揭晓。'
		}
	},
	live: {
		title: { en: 'A real run', zh: '一次真实运行' },
		...recorded('session=gravity&step=2'),
		notes: {
			en: 'Recorded from the real model. Click in the figure and use the arrow keys to step; accepted drafts turn solid, a correction has a frame.',
			zh: '真实模型的录制。点进图中用方向键逐步走；接受的草稿变实，纠正的有边框。'
		}
	},
	wrong: {
		title: { en: 'Predict: what happens to a wrong draft?', zh: '猜一猜：错误的草稿会怎样？' },
		question: {
			en: 'The third of eight drafts is wrong. What of this pass is kept?',
			zh: '八个草稿中第三个错了。这次前向的结果保留哪些？'
		},
		options: [
			{ en: 'nothing', zh: '什么也不留' },
			{ en: 'two drafts', zh: '两个草稿' },
			{ en: 'two drafts and the correction', zh: '两个草稿和纠正' },
			{
				en: 'two drafts, the correction, and guesses for what follows',
				zh: '两个草稿、纠正，以及对后文的猜测'
			}
		],
		answer: 3,
		because: {
			en: 'A block of guesses was computed for each possible number of accepted drafts: one of them fits.',
			zh: '对每种可能的接受数都已算好一块猜测：总有一块对得上。'
		},
		notes: { en: 'The next figure shows it.', zh: '下一张图会展示。' }
	},
	verifier: {
		title: { en: 'Nothing is wasted', zh: '没有浪费' },
		...figureOf('tidar/nothing-is-wasted'),
		notes: {
			en: 'Play the verifier: accept or correct. The right block is waiting.',
			zh: '扮演检验者：接受或纠正。对应的块已经备好。'
		}
	},
	speedup: {
		title: { en: 'How many times faster', zh: '快多少倍' },
		...figureOf('tidar/six-times-faster'),
		notes: {
			en: 'Tokens a pass, divided by what a pass costs more. Both are measured, neither is the other.',
			zh: '每次前向的词元数，除以前向变贵的倍数。两者都是实测，互不相同。'
		}
	},
	lossless: {
		title: { en: 'The same text as before', zh: '文字与原来一样' },
		...figureOf('tidar/lossless'),
		notes: {
			en: 'Accept with probability min(1, p/q), resample the rest: the distribution is exactly the AR half’s.',
			zh: '以 min(1, p/q) 的概率接受，其余重新采样：分布与自回归一半完全相同。'
		}
	},
	simulate: {
		title: { en: 'Any GPU, any model', zh: '任何 GPU，任何模型' },
		path: '/simulate/?slots=72',
		hide: ['intro', 'files'],
		notes: {
			en: 'Ask for a GPU and a model from the room. The error of the estimate stands beside it.',
			zh: '请现场点一个 GPU 和模型。估计的误差就在旁边。'
		}
	},
	trained: {
		title: { en: 'One model learns both', zh: '一个模型学会两件事' },
		...figureOf('the-real-world/how-it-is-trained'),
		notes: {
			en: 'The same text twice in one training example: once to be continued, once masked. Ask why both halves can share their weights.',
			zh: '一个训练样本里同一段文字出现两次：一次用来续写，一次被掩码。问：为什么两半能共用权重？'
		}
	},
	lunch: {
		title: { en: 'When the slots are not free', zh: '槽位不再免费的时候' },
		...figureOf('the-real-world/no-free-lunch'),
		notes: {
			en: 'Raise the batch: other people’s tokens take the slots. Find the batch from which drafting costs more than it brings.',
			zh: '加大批量：别人的词元占用了槽位。找出从多大批量起，起草得不偿失。'
		}
	},
	claims: {
		title: { en: 'Was the article right?', zh: '那篇文章说得对吗？' },
		...figureOf('the-real-world/was-the-article-right'),
		notes: {
			en: 'Claim by claim. Some are right, some loose, one is far too kind.',
			zh: '逐条核对。有的对，有的含糊，有一条太客气。'
		}
	},
	measure: {
		title: { en: 'And on your own device?', zh: '在你自己的设备上呢？' },
		path: '/measure/',
		hide: ['intro', 'machine', 'files'],
		notes: {
			en: 'Share this page by QR code: everybody measures, about a minute each. Compare phones with laptops.',
			zh: '用二维码分享本页：每人测一分钟。比较手机和笔记本。'
		}
	},
	end: {
		title: { en: 'What to remember', zh: '记住这些' },
		body: {
			en: 'Weights travel once a pass; positions are cheap.\nTiDAR fills the wait with guesses and checks them in the same pass.\nWhat is accepted is what the model would have written anyway.',
			zh: '每次前向权重只搬一遍，位置很便宜。\nTiDAR 用猜测填满等待，并在同一次前向里检查。\n被接受的正是模型本来会写的。'
		},
		notes: {
			en: 'Questions. The site works offline; the link to this lecture is under Share.',
			zh: '提问时间。本站可离线使用；本讲座的链接在“分享”里。'
		}
	}
} as const satisfies Record<string, Stock>;
export type StockId = keyof typeof stock;
