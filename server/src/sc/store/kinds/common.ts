// Shapes that several kinds use. Names in the files are serde's (server-behaviour 1.3).
import type {
  CleanupPolicy,
  CompressionAlgorithm,
  Deduplication,
  PartitionMirrorConfig,
  TopicStorageConfig,
} from "@smdk/protocol";
import { formatDuration, parseDuration } from "../duration.ts";
import {
  fields,
  flag,
  i32,
  kinded,
  nullable,
  type Shape,
  ShapeError,
  text,
  textMap,
  u32,
  u64,
  variants,
  via,
  word,
} from "../shape.ts";

type Variant<U extends { kind: string }, K extends U["kind"]> = Extract<U, { kind: K }>;

export const isFalse = (value: boolean): boolean => !value;
export const isNull = (value: unknown): boolean => value === null;

export const cleanupPolicy: Shape<CleanupPolicy> = variants("tag", {
  Segment: {
    tag: "segment",
    shape: kinded<CleanupPolicy>("Segment", fields({ timeInSeconds: { shape: u32 } })),
  },
});

export const storageConfig: Shape<TopicStorageConfig> = fields({
  segmentSize: { shape: nullable(u32) },
  maxPartitionSize: { shape: nullable(u64) },
});

export const compressionType: Shape<CompressionAlgorithm> = word([
  "None",
  "Gzip",
  "Snappy",
  "Lz4",
  "Any",
  "Zstd",
]);

const duration: Shape<{ seconds: bigint; nanos: number }> = via(text, formatDuration, (stored, path) => {
  const value = parseDuration(stored);
  if (value === null) throw new ShapeError(path, `"${stored.slice(0, 40)}" is not a duration`);
  return value;
});

export const deduplication: Shape<Deduplication> = fields({
  bounds: { shape: fields({ count: { shape: u64 }, age: { shape: nullable(duration), omit: isNull } }) },
  filter: {
    shape: fields({
      transform: {
        shape: fields({
          uses: { shape: text },
          with: {
            shape: textMap(text),
            absent: new Map(),
            omit: (map: Map<string, string>) => map.size === 0,
          },
        }),
      },
    }),
  },
});

export const homePartition: Shape<Omit<Variant<PartitionMirrorConfig, "Home">, "kind">> = fields({
  remoteCluster: { shape: text },
  remoteReplica: { shape: text },
  source: { shape: flag, absent: false, omit: isFalse },
});

export const partitionMirror: Shape<PartitionMirrorConfig> = variants("tag", {
  Home: { tag: "home", shape: kinded<Variant<PartitionMirrorConfig, "Home">>("Home", homePartition) },
  Remote: {
    tag: "remote",
    shape: kinded<Variant<PartitionMirrorConfig, "Remote">>(
      "Remote",
      fields({
        homeCluster: { shape: text },
        homeSpuKey: { shape: text },
        homeSpuId: { shape: i32, absent: 0 },
        homeSpuEndpoint: { shape: text },
        target: { shape: flag, absent: false, omit: isFalse },
      }),
    ),
  },
});
