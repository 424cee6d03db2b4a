"""The set again and again, each time of other people: every UUID and DICOM UID of a copy is its own, the organizations and practitioners stay."""
import re

# A UUID behind '|' is the criterion of a conditional reference to what the first bundles hold.
UUID_HEAD = re.compile(rb"(?<!\|)[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
UID_HEAD = re.compile(rb"1\.2\.840\.99999999\.(?=\d)")
SHARED_BUNDLES = 2
SPREAD = 2654435761  # odd, so that each number gives another mask


def copy_lines(lines, number):
    """Bundles of copy `number`; 0 is the set itself, all others go without the shared bundles."""
    if number == 0:
        yield from lines
        return
    mask, uid_head = number * SPREAD & 0xFFFFFFFF, b"1.2.840.99999999.%d." % (number + 1000)
    known = {}

    def other(match):
        head = match.group(0)
        if head not in known:
            known[head] = b"%08x" % (int(head, 16) ^ mask)
        return known[head]

    for line in lines[SHARED_BUNDLES:]:
        yield UID_HEAD.sub(uid_head, UUID_HEAD.sub(other, line))
