import pytest

from backfill_host.addresses import special_range


@pytest.mark.parametrize(
    ("before", "first", "last", "after"),
    [
        ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"),
        ("100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"),
        ("126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"),
        ("169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"),
        ("172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"),
        ("191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"),
        ("192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"),
        ("198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"),
        ("2001:db7:ffff::", "2001:db8::", "2001:db8:ffff::", "2001:db9::"),
        ("3ffe:ffff::", "3fff::", "3fff:fff:ffff::", "3fff:1000::"),
    ],
)
def test_a_range_begins_and_ends_where_its_registry_says(
    before: str, first: str, last: str, after: str
) -> None:
    ranges = [special_range(address) is None for address in (before, first, last, after)]
    assert ranges == [True, False, False, True]


@pytest.mark.parametrize("prefix", ["::ffff:", "64:ff9b::"])
def test_a_wrapped_address_is_what_it_wraps(prefix: str) -> None:
    assert special_range(f"{prefix}8.8.8.8") is None
    assert special_range(f"{prefix}10.0.0.1") == "private use"
    assert special_range(f"{prefix}127.0.0.1") == "loopback"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("2002:808:808::1", "6to4"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
        ("64:ff9b:1::808:808", "local NAT64"),
        ("::808:808", "not global unicast"),
        ("4000::1", "not global unicast"),
        ("0.0.0.0", "this network"),
        ("255.255.255.255", "reserved"),
        ("224.0.0.1", "multicast"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "not an address"),
        ("010.8.8.8", "not an address"),
        ("127.1", "not an address"),
        ("example.com", "not an address"),
        ("", "not an address"),
    ],
)
def test_what_is_not_public_is_named(address: str, name: str) -> None:
    assert special_range(address) == name
