/** Counters of one instance, and their export in the shape an SPU reports. */

/** What one SmartModule did since the last export. */
export interface SmartModuleMetrics {
  /** Bytes of records that went in (with their u32 count), transforms and look_back. */
  bytesIn: number;
  /** Records that came out of simple transforms; aggregates do not count. */
  recordsOut: number;
  /** Calls whose output carried an error of user code. */
  recordsErr: number;
  invocationCount: number;
  /** As upstream counts: twice for simple transforms that return. 0n when the chain does not count fuel. */
  fuelUsed: bigint;
  /** Milliseconds, at least 1 per counted call and per export. */
  cpuMs: number;
  smartmoduleNames: string[];
}

export class InstanceMetrics {
  readonly name: string;
  bytesIn = 0;
  recordsOut = 0;
  recordsErr = 0;
  invocationCount = 0;
  cpuMs = 0;
  fuelUsed = 0n;

  constructor(name: string) {
    this.name = name;
  }

  /** One call is over that used this much fuel and took this long. */
  addUse(fuel: bigint, ms: number): void {
    this.fuelUsed += fuel;
    this.cpuMs += Math.max(Math.floor(ms), 1);
  }

  reset(): void {
    this.bytesIn = 0;
    this.recordsOut = 0;
    this.recordsErr = 0;
    this.invocationCount = 0;
    this.cpuMs = 0;
    this.fuelUsed = 0n;
  }
}

/** Sums the counters by module name and resets them. */
export function exportMetrics(instances: Iterable<InstanceMetrics>): Map<string, SmartModuleMetrics> {
  const result = new Map<string, SmartModuleMetrics>();
  for (const metrics of instances) {
    let entry = result.get(metrics.name);
    if (entry === undefined) {
      entry = {
        bytesIn: 0,
        recordsOut: 0,
        recordsErr: 0,
        invocationCount: 0,
        fuelUsed: 0n,
        cpuMs: 0,
        smartmoduleNames: [metrics.name],
      };
      result.set(metrics.name, entry);
    }
    entry.bytesIn += metrics.bytesIn;
    entry.recordsOut += metrics.recordsOut;
    entry.recordsErr += metrics.recordsErr;
    entry.invocationCount += metrics.invocationCount;
    entry.fuelUsed += metrics.fuelUsed;
    entry.cpuMs += Math.max(metrics.cpuMs, 1);
    metrics.reset();
  }
  return result;
}
