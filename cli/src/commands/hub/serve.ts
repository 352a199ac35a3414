import { SmdkCommand } from "../../base-command.ts";
import { count } from "../../flags.ts";
import { Flags } from "../../oclif.ts";
import { MAX_PACKAGE_MIB } from "../../services/hub/flags.ts";

export default class HubServe extends SmdkCommand {
  static override summary =
    "run a hub: a package store for Fluvio's clients, container registries' clients and browsers";
  static override description =
    "The first start makes the user admin and writes its token to a file in the directory. Ctrl-C stops the hub.";
  static override examples = ["<%= config.bin %> hub serve --dir ./hub --port 8080"];
  static override flags = {
    dir: Flags.string({ required: true, description: "where everything is kept", helpValue: "DIR" }),
    host: Flags.string({ default: "127.0.0.1", description: "address to listen on", helpValue: "ADDRESS" }),
    port: count({ default: 8080, description: "port; 0 takes a free one", helpValue: "PORT" }),
    "tls-cert": Flags.string({
      description: "certificate file (PEM)",
      helpValue: "FILE",
      dependsOn: ["tls-key"],
    }),
    "tls-key": Flags.string({ description: "key file (PEM)", helpValue: "FILE", dependsOn: ["tls-cert"] }),
    "max-package": Flags.integer({
      description: "largest package, MiB (default 32, at most 128); half of it is the largest module",
      helpValue: "N",
      min: 1,
      max: MAX_PACKAGE_MIB,
    }),
    rate: Flags.integer({
      description: "requests a second of one sender (default 50)",
      helpValue: "N",
      min: 1,
    }),
    "behind-proxy": Flags.boolean({
      description: "take the sender's address from X-Forwarded-For, which a proxy in front must set",
    }),
    "log-level": Flags.string({
      options: ["debug", "info", "warn", "error", "silent"],
      default: "warn",
      description: "what is logged on stderr",
    }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(HubServe);
    const { serveHub } = await import("../../services/hub/serve.ts");
    await serveHub(
      {
        dir: flags.dir,
        host: flags.host,
        port: flags.port,
        tlsCert: flags["tls-cert"],
        tlsKey: flags["tls-key"],
        maxPackageMiB: flags["max-package"],
        rate: flags.rate,
        behindProxy: flags["behind-proxy"],
        logLevel: flags["log-level"] as "warn",
      },
      (state) =>
        this.finish(flags, state, () =>
          [
            `${this.color.green("Hub started")} at ${state.url}`,
            `  key   ${state.key}`,
            ...(state.tokenFile === null
              ? []
              : [
                  `  admin token in ${state.tokenFile}`,
                  `  try: smdk hub login --hub ${state.url} < ${state.tokenFile}`,
                ]),
          ].join("\n"),
        ),
    );
    if (!flags.json) this.note("hub stopped");
  }
}
