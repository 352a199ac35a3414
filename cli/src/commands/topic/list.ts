import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags, outputFlag } from "../../flags.ts";
import { Flags } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";
import { topicJson, topicTable } from "../../views/topic.ts";

export default class TopicList extends SmdkCommand {
  static override summary = "list the topics";
  static override flags = {
    system: Flags.boolean({ char: "s", description: "list system topics instead" }),
    ...outputFlag,
    ...clusterFlags,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(TopicList);
    const topics = await withCluster(flags, (fluvio) =>
      fluvio.admin.topics.list({ system: flags.system ?? false }),
    );
    await this.finishList(flags, topics.map(topicJson), () => topicTable(topics));
  }
}
