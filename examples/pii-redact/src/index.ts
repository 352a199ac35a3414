import { Bytes, Params, Record } from "@smdk/assemblyscript";

const email = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/;
const card = /\b\d(?:[ -]?\d){12,18}\b/;
const ip = /\b(?:\d{1,3}\.){3}\d{1,3}\b/;
let names = new Array<string>();
let policy = "mask";

export function init(params: Params): void {
  policy = params.optional("policy", "mask");
  if (policy != "mask" && policy != "hash" && policy != "remove") throw new Error(`no policy ${policy}`);
  if (params.has("names")) names = params.required("names").split(",");
}

/** What stands in the place of something. */
function substitute(found: Bytes, kind: string): string {
  if (policy == "remove") return "";
  if (policy == "hash") return `<${kind}:${found.sha256().toHex().substring(0, 12)}>`;
  return `<${kind}>`;
}

/** The check digit of card numbers. */
function isCard(digits: Bytes): bool {
  let sum = 0;
  let place = 0;
  for (let i = digits.length - 1; i >= 0; i--) {
    const digit = <i32>digits[i] - 48;
    if (digit < 0 || digit > 9) continue;
    const value = place % 2 == 1 ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
    place++;
  }
  return sum % 10 == 0;
}

export function map(record: Record): string {
  let text = record.value.text;
  const mails = email.matchAll(text);
  for (let i = 0; i < mails.length; i++) text = text.replace(mails[i].text, substitute(mails[i], "email"));
  const cards = card.matchAll(text);
  for (let i = 0; i < cards.length; i++) {
    if (isCard(cards[i])) text = text.replace(cards[i].text, substitute(cards[i], "card"));
  }
  const addresses = ip.matchAll(text);
  for (let i = 0; i < addresses.length; i++) text = text.replace(addresses[i].text, substitute(addresses[i], "ip"));
  for (let i = 0; i < names.length; i++) {
    if (names[i].length > 0) text = text.replaceAll(names[i], substitute(Bytes.of(names[i]), "name"));
  }
  return text;
}
