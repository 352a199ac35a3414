import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags, outputFlag } from "../../flags.ts";
import { Args } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";
import { topicBlock, topicJson } from "../../views/topic.ts";

export default class TopicDescribe extends SmdkCommand {
  static override summary = "show one topic in detail";
  static override args = { name: Args.string({ required: true, description: "name of the topic" }) };
  static override flags = { ...outputFlag, ...clusterFlags };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(TopicDescribe);
    const topic = await withCluster(flags, (fluvio) => fluvio.admin.topics.get(args.name));
    await this.finishList(flags, [topicJson(topic)], () => topicBlock(topic));
  }
}
