export function serveFolder(
  folder: string,
  options?: { readonly port?: number; readonly isolated?: boolean },
): Promise<{ readonly url: string; close(): Promise<void> }>;
