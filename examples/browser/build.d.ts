export function buildExample(
  out: string,
  options?: { readonly digits?: number },
): Promise<{ readonly peers: boolean }>;
