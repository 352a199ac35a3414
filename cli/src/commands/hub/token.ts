import { SmdkCommand } from "../../base-command.ts";
import { usage } from "../../errors.ts";
import { Flags } from "../../oclif.ts";
import { hubFlag } from "../../services/hub/flags.ts";

export default class HubToken extends SmdkCommand {
  static override summary = "list, make and revoke tokens";
  static override description =
    "A new token is printed once, alone on the standard output, and cannot be shown again.";
  static override flags = {
    create: Flags.boolean({ description: "make a token" }),
    scope: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      options: ["read", "publish", "manage", "site"],
      description: "what it allows; repeatable (default: read)",
    }),
    days: Flags.integer({ description: "how long it lives (default: for ever)", helpValue: "N" }),
    user: Flags.string({
      description: "those of another user, who is made when new (needs the scope site)",
      helpValue: "NAME",
    }),
    revoke: Flags.string({ description: "end a token", helpValue: "ID" }),
    ...hubFlag,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(HubToken);
    const { createToken, listTokens, revokeToken } = await import("../../services/hub/manage.ts");
    if (flags.create && flags.revoke !== undefined) throw usage("--create and --revoke exclude one another");
    if (flags.revoke !== undefined) {
      await revokeToken(flags.hub, flags.revoke, flags.user);
      this.finish(flags, { revoked: flags.revoke }, `token ${flags.revoke} is revoked`);
    } else if (flags.create) {
      const { scope: scopes = ["read"], days, user } = flags;
      const result = await createToken(flags.hub, { scopes, days, user });
      this.finish(flags, result, result.token);
    } else {
      const tokens = await listTokens(flags.hub, flags.user);
      const { tokenTable } = await import("../../views/hub.ts");
      this.finish(flags, tokens, () => tokenTable(tokens));
    }
  }
}
