import ipaddr from "ipaddr.js";

/** Whether an address is public unicast, and the range it lies in where it is not. */
export type AddressClass = { readonly public: true } | { readonly public: false; readonly range: string };

const PUBLIC: AddressClass = { public: true };
/** As a resolver writes IPv4: four decimal parts. Nothing short, octal or hexadecimal. */
const IPV4 = /^(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}$/;
const IPV6_CHARACTERS = /^[0-9a-f:]+$/i;

/** The IANA IPv4 Special-Purpose Address Registry, whole, and multicast (RFC 5771). */
const SPECIAL_IPV4 = Object.entries({
  "0.0.0.0/8": "this network",
  "10.0.0.0/8": "private use",
  "100.64.0.0/10": "shared address space",
  "127.0.0.0/8": "loopback",
  "169.254.0.0/16": "link-local",
  "172.16.0.0/12": "private use",
  "192.0.0.0/24": "IETF protocol assignments",
  "192.0.2.0/24": "documentation",
  "192.31.196.0/24": "AS112",
  "192.52.193.0/24": "AMT",
  "192.88.99.0/24": "6to4 relay",
  "192.168.0.0/16": "private use",
  "192.175.48.0/24": "AS112",
  "198.18.0.0/15": "benchmarking",
  "198.51.100.0/24": "documentation",
  "203.0.113.0/24": "documentation",
  "224.0.0.0/4": "multicast",
  "240.0.0.0/4": "reserved",
}).map(([cidr, name]) => ({ cidr: ipaddr.IPv4.parseCIDR(cidr), name }));

/** The IANA IPv6 Special-Purpose Address Registry, whole, and multicast; then what is not global unicast at all. */
const SPECIAL_IPV6 = Object.entries({
  "::/128": "unspecified",
  "::1/128": "loopback",
  "64:ff9b:1::/48": "local NAT64",
  "100::/64": "discard only",
  "100:0:0:1::/64": "dummy prefix",
  "2001::/32": "Teredo",
  "2001::/23": "IETF protocol assignments",
  "2001:db8::/32": "documentation",
  "2002::/16": "6to4",
  "2620:4f:8000::/48": "AS112",
  "3fff::/20": "documentation",
  "5f00::/16": "segment routing",
  "fc00::/7": "unique local",
  "fe80::/10": "link-local",
  "fec0::/10": "site-local",
  "ff00::/8": "multicast",
}).map(([cidr, name]) => ({ cidr: ipaddr.IPv6.parseCIDR(cidr), name }));

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");
/** Prefixes of 96 bits with an IPv4 address behind them: mapped (RFC 4291, section 2.5.5.2), NAT64 (RFC 6052). */
const WRAPPED_IPV4 = [ipaddr.IPv6.parseCIDR("::ffff:0:0/96"), ipaddr.IPv6.parseCIDR("64:ff9b::/96")];

/**
 * Classes an address as a resolver or a socket writes it. Mapped and NAT64 addresses are what they wrap; 6to4
 * and Teredo are retired tunnels and never public; text that is no address is not public either.
 */
export function addressClass(address: string): AddressClass {
  if (isIpv4(address)) return classOfIpv4(address);
  const text = withoutDots(address);
  if (!IPV6_CHARACTERS.test(text) || !ipaddr.IPv6.isValid(text)) return NOT_AN_ADDRESS;
  const parsed = ipaddr.IPv6.parse(text);
  if (WRAPPED_IPV4.some((prefix) => parsed.match(prefix))) {
    return classOfIpv4(parsed.toByteArray().slice(12).join("."));
  }
  const special = SPECIAL_IPV6.find(({ cidr }) => parsed.match(cidr));
  if (special !== undefined) return { public: false, range: special.name };
  return parsed.match(GLOBAL_UNICAST) ? PUBLIC : { public: false, range: "not global unicast" };
}

const NOT_AN_ADDRESS: AddressClass = { public: false, range: "not an address" };

function classOfIpv4(address: string): AddressClass {
  const parsed = ipaddr.IPv4.parse(address);
  const special = SPECIAL_IPV4.find(({ cidr }) => parsed.match(cidr));
  return special === undefined ? PUBLIC : { public: false, range: special.name };
}

function isIpv4(text: string): boolean {
  return IPV4.test(text) && ipaddr.IPv4.isValid(text);
}

/** An IPv4 address at the end as two groups, because ipaddr.js reads `::1.2.3.4` as `::ffff:1.2.3.4`. */
function withoutDots(address: string): string {
  const start = address.lastIndexOf(":") + 1;
  const tail = address.slice(start);
  if (!isIpv4(tail)) return address;
  const groups = ipaddr.IPv4.parse(tail).toIPv4MappedAddress().parts.slice(6);
  return address.slice(0, start) + groups.map((group) => group.toString(16)).join(":");
}
