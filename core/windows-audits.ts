/** What the events of the Windows Security log mean (Microsoft, "Advanced security audit policy settings"). */

export interface Audit {
  readonly action: string;
  /** Of ECS's words for event.category. */
  readonly category: string;
  /** True where the target is the account that signs in or out, not one that something is done to. */
  readonly logon?: boolean;
  /** True where the target is a group, and its member the account. */
  readonly group?: boolean;
  /** What the event's number alone says; an audit's keyword wins. */
  readonly success?: boolean;
  /** True where the field Status tells, 0x0 being a success. */
  readonly status?: boolean;
  /** Places of the data's values for exports without names. */
  readonly inserts?: Partial<Record<"subject" | "target" | "member" | "address" | "port" | "status", number>>;
}

const AUTHENTICATION = "authentication";
const IAM = "iam";

function account(action: string): Audit {
  return { action, category: IAM, success: true, inserts: { target: 0, subject: 4 } };
}

function group(action: string): Audit {
  return { action, category: IAM, success: true, group: true, inserts: { target: 0, subject: 4 } };
}

function member(action: string): Audit {
  return { ...group(action), inserts: { member: 0, target: 2, subject: 6 } };
}

function plain(action: string, category: string): Audit {
  return { action, category, inserts: { subject: 1 } };
}

/** Groups of each kind: added, removed. Security-enabled global, local and universal, then distribution groups. */
const MEMBERS = [4728, 4732, 4756, 4746, 4751, 4761].flatMap((added): [number, Audit][] => [
  [added, member("added-member-to-group")],
  [added + 1, member("removed-member-from-group")],
]);

const GROUPS: [number, Audit][] = [
  ...[4727, 4731, 4754, 4744, 4749, 4759].map((id): [number, Audit] => [id, group("added-group-account")]),
  ...[4735, 4737, 4755, 4745, 4750, 4760].map((id): [number, Audit] => [id, group("modified-group-account")]),
  ...[4730, 4734, 4758, 4748, 4753, 4763].map((id): [number, Audit] => [id, group("deleted-group-account")]),
];

/** Policies, trusts and rights that were changed, and what the audit itself is told. */
const CHANGES: [number, Audit][] = Object.entries({
  4705: "user-right-removed",
  4706: "domain-trust-added",
  4707: "domain-trust-removed",
  4713: "kerberos-policy-changed",
  4716: "trusted-domain-information-changed",
  4717: "system-security-access-granted",
  4718: "system-security-access-removed",
  4817: "object-audit-changed",
  4902: "user-audit-policy-created",
  4904: "security-event-source-added",
  4905: "security-event-source-removed",
  4906: "crash-on-audit-changed",
  4908: "special-group-table-changed",
  4912: "per-user-audit-policy-changed",
}).map(([id, action]) => [Number(id), plain(action, "configuration")]);

export const AUDITS: ReadonlyMap<number, Audit> = new Map<number, Audit>([
  ...MEMBERS,
  ...GROUPS,
  ...CHANGES,
  [1100, plain("logging-service-shutdown", "process")],
  [1102, plain("audit-log-cleared", "configuration")],
  [4608, plain("system-started", "host")],
  [4616, plain("system-time-changed", "configuration")],
  [
    4624,
    {
      action: "logged-in",
      category: AUTHENTICATION,
      logon: true,
      success: true,
      inserts: { subject: 1, target: 5, address: 18, port: 19 },
    },
  ],
  [
    4625,
    {
      action: "logon-failed",
      category: AUTHENTICATION,
      logon: true,
      success: false,
      inserts: { subject: 1, target: 5, address: 19, port: 20 },
    },
  ],
  [4627, { action: "group-membership-info", category: IAM, logon: true }],
  [4634, { action: "logged-out", category: AUTHENTICATION, logon: true, success: true, inserts: { target: 1 } }],
  [4647, { action: "logged-out", category: AUTHENTICATION, logon: true, success: true, inserts: { target: 1 } }],
  [
    4648,
    {
      action: "logged-in-explicit",
      category: AUTHENTICATION,
      inserts: { subject: 1, target: 5, address: 12, port: 13 },
    },
  ],
  [4656, plain("object-handle-requested", "file")],
  [4657, plain("registry-value-modified", "registry")],
  [4660, plain("object-deleted", "file")],
  [4662, plain("object-operation-performed", IAM)],
  [4663, plain("object-access-attempted", "file")],
  [4670, plain("permissions-changed", IAM)],
  [4672, { action: "logged-in-special", category: AUTHENTICATION, success: true, inserts: { subject: 1 } }],
  [4673, plain("privileged-service-called", IAM)],
  [4674, plain("privileged-operation", IAM)],
  [4688, { ...plain("created-process", "process"), inserts: { subject: 1, target: 10 } }],
  [4689, plain("exited-process", "process")],
  [4697, plain("service-installed", "configuration")],
  [4698, plain("scheduled-task-created", "configuration")],
  [4699, plain("scheduled-task-deleted", "configuration")],
  [4700, plain("scheduled-task-enabled", "configuration")],
  [4701, plain("scheduled-task-disabled", "configuration")],
  [4702, plain("scheduled-task-updated", "configuration")],
  [4704, plain("user-right-assigned", IAM)],
  [4719, plain("changed-audit-config", "configuration")],
  [4720, account("added-user-account")],
  [4722, account("enabled-user-account")],
  [4723, account("changed-password")],
  [4724, account("reset-password")],
  [4725, account("disabled-user-account")],
  [4726, account("deleted-user-account")],
  [4738, { ...account("modified-user-account"), inserts: { target: 1, subject: 5 } }],
  [4739, plain("changed-domain-policy", "configuration")],
  [4740, account("locked-out-user-account")],
  [4741, account("added-computer-account")],
  [4742, { ...account("changed-computer-account"), inserts: { target: 1, subject: 5 } }],
  [4743, account("deleted-computer-account")],
  [4764, group("type-changed-group-account")],
  [4767, account("unlocked-user-account")],
  [4781, { ...account("renamed-user-account"), inserts: { target: 0, subject: 5 } }],
  [4798, { ...account("group-membership-enumerated"), inserts: { target: 0, subject: 4 } }],
  [4793, plain("password-policy-checked", IAM)],
  [4797, plain("query-existence-of-blank-password", IAM)],
  [4799, group("user-member-enumerated")],
  [
    4768,
    {
      action: "kerberos-authentication-ticket-requested",
      category: AUTHENTICATION,
      logon: true,
      status: true,
      inserts: { target: 0, status: 6, address: 9, port: 10 },
    },
  ],
  [
    4769,
    {
      action: "kerberos-service-ticket-requested",
      category: AUTHENTICATION,
      logon: true,
      status: true,
      inserts: { target: 0, address: 6, port: 7, status: 8 },
    },
  ],
  [4770, { action: "kerberos-service-ticket-renewed", category: AUTHENTICATION, logon: true, inserts: { target: 0 } }],
  [
    4771,
    {
      action: "kerberos-preauth-failed",
      category: AUTHENTICATION,
      logon: true,
      success: false,
      inserts: { target: 0, address: 6, port: 7 },
    },
  ],
  [
    4776,
    {
      action: "credential-validated",
      category: AUTHENTICATION,
      logon: true,
      status: true,
      inserts: { target: 1, status: 3 },
    },
  ],
  [4778, { action: "session-reconnected", category: "session", logon: true }],
  [4779, { action: "session-disconnected", category: "session", logon: true }],
  [4800, { action: "workstation-locked", category: "session", logon: true, inserts: { target: 1 } }],
  [4801, { action: "workstation-unlocked", category: "session", logon: true, inserts: { target: 1 } }],
  [4907, plain("changed-auditing-settings", "configuration")],
  [5140, { ...plain("network-share-object-accessed", "file"), inserts: { subject: 1, address: 5, port: 6 } }],
  [5145, { ...plain("network-share-object-access-checked", "file"), inserts: { subject: 1, address: 5, port: 6 } }],
  [5152, plain("packet-dropped", "network")],
  [5156, plain("connection-permitted", "network")],
  [5157, plain("connection-blocked", "network")],
]);
