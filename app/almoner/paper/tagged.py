"""Tagged PDF: which marks on the page are a heading, a paragraph or the cell of a table, for people who listen to it.

ReportLab draws but does not tag, so the structure tree of ISO 32000-1, 14.7 and 14.8 is written here: every run of text
is marked content with a number, and the tree names the numbers in the order in which they are read.
"""

from __future__ import annotations

from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFObject, PDFObjectReference, PDFPage
from reportlab.pdfgen.canvas import Canvas

from almoner.paper.flow import Block

_ROOT, _DOCUMENT, _PARENTS = "AlmonerStructTreeRoot", "AlmonerDocument", "AlmonerParentTree"


class StructureTree:
    """The structure of one file, gathered while its pages are drawn and written when it is finished."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._children: dict[Block | None, list[Block]] = {None: []}
        self._content: dict[Block, list[tuple[int, int]]] = {}
        self._pages: list[list[Block]] = [[]]

    def open(self, block: Block | None) -> str:
        """Return the operator that begins the marked content of a block on this page; None is decoration."""
        if block is None:
            return "/Artifact BMC"
        page = self._pages[-1]
        self._add(block)
        self._content.setdefault(block, []).append((len(self._pages) - 1, len(page)))
        page.append(block)
        return f"/{block.tag} <</MCID {len(page) - 1}>> BDC"

    def end_page(self) -> None:
        """Number the page that was just finished, so that a reader can find the structure of what is on it."""
        document = self._canvas._doc
        page = document.idToObject[f"Page{len(self._pages)}"]
        page.__NoDefault__ = [*PDFPage.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents = len(self._pages) - 1
        page.Tabs = PDFName("S")
        self._pages.append([])

    def write(self) -> None:
        """Write the tree into the file; nothing can be drawn afterwards."""
        document = self._canvas._doc
        names = {block: f"AlmonerElement{number}" for number, block in enumerate(self._all())}
        for name in (_ROOT, _DOCUMENT, _PARENTS, *names.values()):
            document.Reference(_Written(), name)
        number = {name: f"{document.idToObjectNumberAndVersion[name][0]} 0 R" for name in names.values()}
        at = {block: number[name] for block, name in names.items()}
        root, whole, parents = (
            f"{document.idToObjectNumberAndVersion[name][0]} 0 R" for name in (_ROOT, _DOCUMENT, _PARENTS)
        )
        pages = [
            f"{document.idToObjectNumberAndVersion[f'Page{page + 1}'][0]} 0 R" for page in range(len(self._pages) - 1)
        ]
        for block, name in names.items():
            document.idToObject[name].text = self._element(block, at, pages, whole)
        top = " ".join(at[block] for block in self._children[None])
        document.idToObject[_DOCUMENT].text = f"<</Type /StructElem /S /Document /P {root} /K [{top}]>>"
        by_page = " ".join(
            f"{page} [{' '.join(at[block] for block in blocks)}]" for page, blocks in enumerate(self._pages[:-1])
        )
        document.idToObject[_PARENTS].text = f"<</Nums [{by_page}]>>"
        document.idToObject[
            _ROOT
        ].text = f"<</Type /StructTreeRoot /K [{whole}] /ParentTree {parents} /ParentTreeNextKey {len(pages)}>>"
        document.Catalog.StructTreeRoot = PDFObjectReference(_ROOT)
        document.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})

    def _add(self, block: Block) -> None:
        """Put a block, and what it stands within, into the tree at its first appearance."""
        if block in self._children:
            return
        self._children[block] = []
        if block.within is not None:
            self._add(block.within)
        self._children[block.within].append(block)

    def _all(self) -> list[Block]:
        """Return every block of the tree."""
        return [block for block in self._children if block is not None]

    def _element(self, block: Block, at: dict[Block, str], pages: list[str], whole: str) -> str:
        """Return the structure element of a block: its role, what it stands within, its content and its children."""
        content = self._content.get(block, [])
        if len({page for page, _ in content}) == 1:
            on = f" /Pg {pages[content[0][0]]}"
            kids = [str(number) for _, number in content]
        else:
            on = ""
            kids = [f"<</Type /MCR /Pg {pages[page]} /MCID {number}>>" for page, number in content]
        kids += [at[child] for child in self._children[block]]
        above = whole if block.within is None else at[block.within]
        return f"<</Type /StructElem /S /{block.tag} /P {above}{on} /K [{' '.join(kids)}]>>"


class _Written(PDFObject):  # type: ignore[misc]  # ReportLab has no types
    """An object of the file whose text is written by us, which is far quicker than ReportLab's own dictionaries."""

    text = ""

    def format(self, document: object) -> bytes:
        """Return the bytes of the object, as ReportLab asks for them."""
        return self.text.encode("ascii")
