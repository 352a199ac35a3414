/** Answers of hubs and registries, which may be anybody's. */
import { CliError } from "../../errors.ts";

/** The whole body, as long as it is not larger than anything of its kind. */
export async function bodyOf(
  answer: Response,
  maxBytes: number,
  code: `SMDK_${string}`,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes)
      throw new CliError("failed", `the answer of ${new URL(answer.url).host} is too large`, { code });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The first bytes of a body as text; what more there is, is not waited for. */
export async function beginningOf(answer: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxBytes) break;
    }
  } catch {
    // A line that broke: what came says enough.
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8");
}

/** Text from elsewhere for a terminal: what would move the cursor, colour lines or turn the direction is shown as `?`. */
export function plainText(text: string): string {
  return text.replace(/\p{Cc}|\p{Bidi_Control}/gu, (found) =>
    found === "\n" || found === "\t" ? found : "?",
  );
}
