import { devNull } from "node:os";

export interface EnvironmentOptions {
  readonly name: string;
  readonly handler: string;
  readonly directory: string;
  /** The template's `Environment.Variables`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMB: number;
  readonly region: string;
  readonly endpointUrl: string;
  readonly logGroup: string;
}

/**
 * The environment variables of a function on this machine: the template's, and the ones Lambda sets.
 *
 * Nothing of the host comes through but `PATH`: no credentials, no profile, no configuration file, so that a function
 * can only ever reach the local endpoints.
 */
export function functionEnvironment(options: EnvironmentOptions): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    ...options.environment,
    AWS_REGION: options.region,
    AWS_DEFAULT_REGION: options.region,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: options.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memoryMB),
    AWS_LAMBDA_LOG_GROUP_NAME: options.logGroup,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    LAMBDA_TASK_ROOT: options.directory,
    _HANDLER: options.handler,
    AWS_ENDPOINT_URL: options.endpointUrl,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
