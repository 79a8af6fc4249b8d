import { expect, test } from "vitest";
import { scopeOf } from "../../core/scope.ts";

test.each([
  ["8.8.8.8", "public"],
  ["2600:1f18::1", "public"],
  ["10.1.2.3", "private"],
  ["172.31.255.255", "private"],
  ["172.32.0.0", "public"],
  ["fd12:3456::1", "private"],
  ["100.64.0.1", "shared"],
  ["127.0.0.53", "loopback"],
  ["::1", "loopback"],
  ["169.254.0.7", "link_local"],
  ["fe80::1", "link_local"],
  ["224.0.0.251", "multicast"],
  ["ff02::1", "multicast"],
  ["255.255.255.255", "broadcast"],
  ["0.0.0.0", "unspecified"],
  ["::", "unspecified"],
  ["203.0.113.7", "reserved"],
  ["2001:db8::1", "reserved"],
  ["240.0.0.1", "reserved"],
])("%s is %s", (address, scope) => expect(scopeOf(address)).toBe(scope));

test.each([
  ["EC2, GCP and Azure", "169.254.169.254"],
  ["an ECS task", "169.254.170.2"],
  ["EKS Pod Identity", "169.254.170.23"],
  ["EC2 over IPv6", "fd00:ec2::254"],
  ["EC2 over IPv6 at full length", "fd00:0ec2:0:0:0:0:0:254"],
  ["written as IPv6", "::ffff:169.254.169.254"],
  ["in hexadecimal", "::ffff:a9fe:a9fe"],
  ["translated by NAT64", "64:ff9b::a9fe:a9fe"],
])("the metadata service of %s", (_, address) => expect(scopeOf(address)).toBe("metadata"));

test.each([
  ["::ffff:10.0.0.1", "private"],
  ["64:ff9b::8.8.8.8", "public"],
  ["2002:c000:204::1", "public"],
])("%s has the scope of what is meant: %s", (address, scope) => expect(scopeOf(address)).toBe(scope));

test.each(["", "10.0.0.0/8", "10.0.0", "autoscaling.amazonaws.com", "010.0.0.1", "fe80::1%eth0", "::ffff:1.2.3"])(
  "%o is no address",
  (text) => expect(scopeOf(text)).toBeUndefined(),
);
