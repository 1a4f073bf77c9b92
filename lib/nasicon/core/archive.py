"""Members of the zip archives that some instruments write, read with limits.

An instrument file is a few members of a few megabytes. Anything far beyond
that is refused before it is unpacked, so that a crafted archive cannot fill
the memory. Members are unpacked into memory, and to disk only into a folder of the reader's own.
"""

import io
import zipfile
from xml.etree import ElementTree

from nasicon.core.text import ReaderError, foreign_parser

ZIP_MAGIC = b"PK\x03\x04"
MOST_MEMBERS = 2000
MOST_BYTES = 300_000_000  # unpacked, of all members together
MOST_RATIO = 500  # of one member, unpacked over packed
_SMALL = 1_000_000  # below this a high ratio is harmless


class Archive:
    """A zip file in memory."""

    def __init__(self, raw: bytes) -> None:
        with foreign_parser("is a damaged zip archive", "copy it again"):
            self._zip = zipfile.ZipFile(io.BytesIO(raw))
            members = self._zip.infolist()
        if len(members) > MOST_MEMBERS:
            raise ReaderError(
                f"holds {len(members)} members, more than {MOST_MEMBERS}; not a measurement"
            )
        self.names = [member.filename for member in members]
        for member in members:
            most = max(MOST_RATIO * max(member.compress_size, 1), _SMALL)
            if member.file_size > min(most, MOST_BYTES):
                raise ReaderError(
                    f"member {member.filename} would unpack {member.compress_size} bytes to "
                    f"{member.file_size}; refused as a zip bomb (at most {MOST_BYTES} bytes and "
                    f"{MOST_RATIO}-fold)"
                )
        if (total := sum(member.file_size for member in members)) > MOST_BYTES:
            raise ReaderError(f"would unpack to {total} bytes; refused (at most {MOST_BYTES})")

    def read(self, name: str) -> bytes:
        """Content of one member.

        Raises
        ------
        ReaderError
            No such member, it is encrypted or damaged, or unpacks to more than an
            instrument writes.
        """
        if name not in self.names:
            raise ReaderError(f"has no member {name}; it has {self.names[:6]}")
        size = self._zip.getinfo(name).file_size
        # whatever it raises: fastnda puts another decompressor, with errors of its own, in zlib
        with (
            foreign_parser(f"member {name} is damaged or encrypted"),
            self._zip.open(name) as stream,
        ):
            content = stream.read(size + 1)
        if len(content) > size:
            raise ReaderError(f"member {name} is longer than it declares; refused")
        return content

    def xml(self, name: str) -> ElementTree.Element:
        """Root of a member that is an XML document."""
        return parse_xml(self.read(name), f"member {name} ")


def parse_xml(raw: bytes, what: str = "") -> ElementTree.Element:
    """Root of an XML document; document types and entities are refused, not expanded.

    Raises
    ------
    ReaderError
        Not well formed, or it declares a document type; ``what`` says of which part.
    """
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise ReaderError(f"{what}declares a document type or entities; refused")
    with foreign_parser(f"{what}is XML that breaks off or is damaged", "export it again"):
        return ElementTree.fromstring(raw)


def local(element: ElementTree.Element) -> str:
    """Tag without its namespace."""
    return element.tag.rsplit("}", 1)[-1]


def descendants(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    """All elements of a local name, in document order, whatever their namespace."""
    return [element for element in root.iter() if local(element) == name]


def first_text(root: ElementTree.Element, name: str) -> str:
    """Text of the first element of a local name; empty where there is none."""
    found = descendants(root, name)
    return (found[0].text or "").strip() if found else ""
