//! Which addresses are public unicast, by the IANA special-purpose registries.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const SPECIAL_IPV4: [([u8; 4], u32, &str); 18] = [
    ([0, 0, 0, 0], 8, "this network"),
    ([10, 0, 0, 0], 8, "private use"),
    ([100, 64, 0, 0], 10, "shared address space"),
    ([127, 0, 0, 0], 8, "loopback"),
    ([169, 254, 0, 0], 16, "link-local"),
    ([172, 16, 0, 0], 12, "private use"),
    ([192, 0, 0, 0], 24, "IETF protocol assignments"),
    ([192, 0, 2, 0], 24, "documentation"),
    ([192, 31, 196, 0], 24, "AS112"),
    ([192, 52, 193, 0], 24, "AMT"),
    ([192, 88, 99, 0], 24, "6to4 relay"),
    ([192, 168, 0, 0], 16, "private use"),
    ([192, 175, 48, 0], 24, "AS112"),
    ([198, 18, 0, 0], 15, "benchmarking"),
    ([198, 51, 100, 0], 24, "documentation"),
    ([203, 0, 113, 0], 24, "documentation"),
    ([224, 0, 0, 0], 4, "multicast"),
    ([240, 0, 0, 0], 4, "reserved"),
];

/// Within `2000::/3`, which alone is global unicast.
const SPECIAL_IPV6: [([u16; 8], u32, &str); 6] = [
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "Teredo"),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "IETF protocol assignments"),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "documentation"),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "6to4"),
    ([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48, "AS112"),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "documentation"),
];

/// Prefixes of 96 bits with an IPv4 address behind them: mapped (RFC 4291, section 2.5.5.2), NAT64 (RFC 6052).
const WRAPPING: [[u16; 6]; 2] = [[0, 0, 0, 0, 0, 0xffff], [0x64, 0xff9b, 0, 0, 0, 0]];

/// The range an address lies in where it is not public unicast. Mapped and NAT64 addresses are what they wrap; 6to4 and
/// Teredo are retired tunnels and never public.
pub fn special_range(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => special_ipv4(address),
        IpAddr::V6(address) => special_ipv6(address),
    }
}

fn special_ipv4(address: Ipv4Addr) -> Option<&'static str> {
    let inside = |base: [u8; 4], length: u32| {
        let shift = 32 - length;
        u32::from(address) >> shift == u32::from(Ipv4Addr::from(base)) >> shift
    };
    SPECIAL_IPV4
        .iter()
        .find(|(base, length, _)| inside(*base, *length))
        .map(|(_, _, name)| *name)
}

fn special_ipv6(address: Ipv6Addr) -> Option<&'static str> {
    let segments = address.segments();
    if WRAPPING.iter().any(|prefix| segments.starts_with(prefix)) {
        let [.., a, b, c, d] = address.octets();
        return special_ipv4(Ipv4Addr::new(a, b, c, d));
    }
    if segments[0] >> 13 != 1 {
        return Some("not global unicast");
    }
    let inside = |base: [u16; 8], length: u32| {
        let shift = 128 - length;
        u128::from(address) >> shift == u128::from(Ipv6Addr::from(base)) >> shift
    };
    SPECIAL_IPV6
        .iter()
        .find(|(base, length, _)| inside(*base, *length))
        .map(|(_, _, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_global_unicast_is_public() {
        for address in [
            "0.0.0.0",
            "10.255.255.255",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.169.254",
            "172.31.0.1",
            "192.168.1.1",
            "198.19.255.255",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:10.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b:1::808:808",
            "2002:7f00:1::",
            "2002:808:808::",
            "2001:0:1::",
            "2001:db8::1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "4000::1",
        ] {
            assert!(special_range(address.parse().unwrap()).is_some(), "{address}");
        }
        for address in [
            "8.8.8.8",
            "100.63.255.255",
            "172.32.0.1",
            "198.20.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2606:4700::1",
            "2003::1",
        ] {
            assert_eq!(special_range(address.parse().unwrap()), None, "{address}");
        }
    }
}
