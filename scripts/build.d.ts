/** Brings dist/ up to date with src/; resolves to one line that says what is missing, or to undefined. */
export function ensureBuilt(root?: string): Promise<string | undefined>;
