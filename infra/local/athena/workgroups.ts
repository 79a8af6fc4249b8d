import { createHash } from "node:crypto";
import type { JsonObject } from "../service.ts";
import { refuse } from "./input.ts";

/** The properties of an `AWS::Athena::WorkGroup`, every intrinsic function resolved. */
export interface WorkGroup {
  Name: string;
  Description?: string;
  State?: string;
  WorkGroupConfiguration?: JsonObject & {
    EnforceWorkGroupConfiguration?: boolean;
    /** A query that would read more is not run. */
    BytesScannedCutoffPerQuery?: number;
    EngineVersion?: JsonObject;
    ResultConfiguration?: JsonObject & { OutputLocation?: string };
  };
}

/** The properties of an `AWS::Athena::NamedQuery`, every intrinsic function resolved. */
export interface NamedQuery {
  Name: string;
  Database: string;
  QueryString: string;
  Description?: string;
  WorkGroup?: string;
}

/** Every account has it, and it is what a client means that names none. */
const PRIMARY = "primary";

/** The engine whose SQL this lake speaks. */
export const ENGINE = { SelectedEngineVersion: "AUTO", EffectiveEngineVersion: "Athena engine version 3" };

export type WorkGroups = ReturnType<typeof openWorkGroups>;
export type NamedQueries = ReturnType<typeof openNamedQueries>;

export function openWorkGroups(given: readonly WorkGroup[], started: number) {
  const all = given.some(({ Name }) => Name === PRIMARY) ? given : [...given, { Name: PRIMARY }];

  function find(name = PRIMARY): WorkGroup {
    const found = all.find(({ Name }) => Name === name);
    if (!found) throw refuse(`WorkGroup ${name} is not found.`);
    return found;
  }
  return {
    find,
    /** The folder for results as an `s3://` URL with a slash at its end; a workgroup may overrule what the client asks. */
    outputFolder({ WorkGroupConfiguration: configuration }: WorkGroup, asked: string | undefined): string {
      const own = configuration?.ResultConfiguration?.OutputLocation;
      const enforced = configuration?.EnforceWorkGroupConfiguration ?? true;
      const location = own !== undefined && (enforced || asked === undefined) ? own : asked;
      if (location === undefined)
        throw refuse(
          "No output location provided. An output location is required either through the Workgroup result configuration " +
            "setting or as an API input.",
        );
      if (!/^s3:\/\/[^/]+/.test(location)) throw refuse(`outputLocation is not a valid S3 path: ${location}`);
      return location.endsWith("/") ? location : `${location}/`;
    },
    describe({ Name, Description, State, WorkGroupConfiguration }: WorkGroup): JsonObject {
      return {
        ...summary({ Name, ...(Description !== undefined && { Description }), ...(State !== undefined && { State }) }),
        Configuration: {
          EnforceWorkGroupConfiguration: true,
          PublishCloudWatchMetricsEnabled: false,
          RequesterPaysEnabled: false,
          ...WorkGroupConfiguration,
          EngineVersion: { ...ENGINE, ...WorkGroupConfiguration?.EngineVersion },
        },
      };
    },
    list: () => all.map(summary),
  };

  function summary({ Name, Description, State }: WorkGroup): JsonObject {
    const state = State ?? "ENABLED";
    return { Name, Description: Description ?? "", State: state, CreationTime: started, EngineVersion: ENGINE };
  }
}

export function openNamedQueries(given: readonly NamedQuery[]) {
  const all = new Map(given.map((query) => [idOf(query), { ...query, WorkGroup: query.WorkGroup ?? PRIMARY }]));
  return {
    get: (id: string): JsonObject | undefined => {
      const found = all.get(id);
      return found && { ...found, NamedQueryId: id };
    },
    ids: (workgroup: string): string[] =>
      [...all].filter(([, query]) => query.WorkGroup === workgroup).map(([id]) => id),
  };
}

/** The same query has the same id at every start. */
function idOf({ WorkGroup = PRIMARY, Name }: NamedQuery): string {
  const hex = createHash("sha256").update(`${WorkGroup}\n${Name}`).digest("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
