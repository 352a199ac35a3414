// Replicas of deleted topics whose data is still somewhere. Kept in a file each, so that a crash or an SPU that is
// away cannot bring the records of a deleted topic back.
import { fields, i32, list, type Shape, text, u32, word } from "../shape.ts";

export interface RemovalSpec {
  topic: string;
  partition: number;
  /** SPUs that have not yet deleted their data. */
  spus: number[];
  /** `Metadata`: the topic's and partition's own files may still be there; `Data`: only records are left. */
  stage: "Metadata" | "Data";
}

export const removalSpec: Shape<RemovalSpec> = fields({
  topic: { shape: text },
  partition: { shape: u32 },
  spus: { shape: list(i32) },
  stage: { shape: word(["Metadata", "Data"]) },
});

export const removalStatus: Shape<null> = { write: () => null, read: () => null };
