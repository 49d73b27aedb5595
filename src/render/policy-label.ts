/** The policy, and which of its settings were tried: `threshold high=85`. */
export function labelOf({
  policy,
  swept,
}: {
  readonly policy: string;
  readonly swept: Readonly<Record<string, string>>;
}): string {
  return [policy, ...Object.entries(swept).map(([name, value]) => `${name}=${value}`)].join(' ');
}
