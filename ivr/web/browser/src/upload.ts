// What is known of a file before it is sent.
export function tooBig(bytes: number, most: number): boolean {
  return most > 0 && bytes > most;
}

// In the units that people's file managers show.
export function humanBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
