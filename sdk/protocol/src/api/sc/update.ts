/** Update (SC 1006). Only topics can be updated; any other type decodes as unknown, to be answered with a Status. */
import { envelope, type Infer, string, struct } from "../../codec/index.ts";
import type { Api } from "../../frame.ts";
import { UpdateTopicAction } from "../../object/topic.ts";
import { Status } from "./status.ts";

export const UpdateRequest = envelope(
  "UpdateRequest",
  { Topic: struct("UpdateRequest<Topic>", { key: string(), action: UpdateTopicAction }) },
  { alwaysLength: true },
);
export type UpdateRequest = Infer<typeof UpdateRequest>;

export const UpdateApi: Api<UpdateRequest, Status> = {
  name: "Update",
  key: 1006,
  minVersion: 1,
  maxVersion: 19,
  request: UpdateRequest,
  response: Status,
  stream: false,
};
