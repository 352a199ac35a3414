// The List API: filters and views per object type (wire-protocol 3.2.4). Objects come in the order of their keys.
import type { ListRequest, ListResponse } from "@smdk/protocol";
import { ServerError } from "../../error.ts";
import { matchesPackage, type PackageKey, parsePackageKey } from "../package-key.ts";
import type { ScContext } from "./context.ts";
import { customSpuView, partitionView, plainView, smartModuleView } from "./view.ts";

/**
 * @throws for a type that cannot be listed and for SmartModule filters that cannot be read: the response has no
 * room for an error, so the connection is closed.
 */
export function handleList(context: ScContext, request: ListRequest, version: number): ListResponse {
  const { stores } = context;
  if (request.type === "Unknown") {
    throw new ServerError(
      "SMDK_LIST_TYPE",
      `objects of type "${request.label.slice(0, 80)}" cannot be listed`,
    );
  }
  const { nameFilters, summary, system } = request;
  const isNamed = ({ key }: { key: string }): boolean =>
    nameFilters.length === 0 || nameFilters.some((filter) => key.includes(filter));
  switch (request.type) {
    case "Topic": {
      const topics = stores.topics.sorted().filter((topic) => topic.spec.system === system && isNamed(topic));
      return { type: "Topic", objects: topics.map(plainView) };
    }
    case "Partition": {
      context.partitions.flush();
      const partitions = stores.partitions.sorted().filter((partition) => partition.spec.system === system);
      return { type: "Partition", objects: partitions.map((partition) => partitionView(partition, version)) };
    }
    case "SPU":
      return { type: "SPU", objects: stores.spus.sorted().filter(isNamed).map(plainView) };
    case "CustomSpu": {
      const custom = stores.spus.sorted().filter((spu) => spu.spec.spuType === "Custom" && isNamed(spu));
      return { type: "CustomSpu", objects: custom.map(customSpuView) };
    }
    case "SmartModule": {
      const keys = nameFilters.map(readPackageKey);
      const found = stores.smartModules
        .sorted()
        .filter(
          ({ key, spec }) => keys.length === 0 || keys.some((filter) => matchesPackage(filter, key, spec)),
        );
      return { type: "SmartModule", objects: found.map((module) => smartModuleView(module, summary)) };
    }
    case "SpuGroup":
      return { type: "SpuGroup", objects: stores.spuGroups.sorted().filter(isNamed).map(plainView) };
    case "TableFormat":
      return { type: "TableFormat", objects: stores.tableFormats.sorted().filter(isNamed).map(plainView) };
    case "Mirror":
      return { type: "Mirror", objects: stores.mirrors.sorted().map(plainView) };
  }
}

function readPackageKey(filter: string): PackageKey {
  const key = parsePackageKey(filter);
  if ("error" in key) throw new ServerError("SMDK_LIST_FILTER", key.error);
  return key;
}
