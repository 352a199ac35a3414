/** Isolation: how far a produce or a read has to be replicated. Two encodings exist. */
import { type Codec, enumOf, type Infer } from "../../codec/index.ts";

/** One byte, in Fetch and StreamFetch. */
export const Isolation = enumOf("Isolation", { ReadUncommitted: 0, ReadCommitted: 1 });
export type Isolation = Infer<typeof Isolation>;

const acks = enumOf("ProduceIsolation", { ReadUncommitted: 1, ReadCommitted: -1 }, { tag: "i16" });

/** i16 in Produce: 1 and -1 are written, any negative number is read as committed and any other as uncommitted. */
export const ProduceIsolation: Codec<Isolation> = {
  ...acks,
  read: (reader) => (reader.i16() < 0 ? "ReadCommitted" : "ReadUncommitted"),
};
