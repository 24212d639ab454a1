"""What is kept of SNMP datagrams has no community in it."""

from nodes.clients.snmp.taped import without_community

GET = bytes.fromhex("302902010104067075626c6963a01c020412345678020100020100300e300c06082b060102010103000500")


def test_the_community_is_hidden_and_the_rest_is_kept() -> None:
    kept = without_community(GET)
    assert kept == GET.replace(b"public", b"******") != GET


def test_a_datagram_of_version_3_has_none_and_is_kept_whole() -> None:
    of_three = bytes.fromhex("303e020103301102047aa1020302ffe3040107020103")
    assert without_community(of_three) == of_three


def test_of_what_is_no_snmp_nothing_but_the_beginning_is_kept() -> None:
    for rubbish in (b"", b"0", b"public", GET[:9], bytes([0x30, 0x84, 1, 2]), GET[:5] + b"\x05" + GET[6:]):
        kept = without_community(rubbish)
        assert len(kept) == len(rubbish) and b"publ" not in kept[2:]
