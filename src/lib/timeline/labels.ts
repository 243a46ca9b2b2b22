/** Two sets of names for the same lanes: the field's, and the article's kitchen. */
export const labelSets = ['chip', 'kitchen'] as const;
export type LabelSet = (typeof labelSets)[number];
