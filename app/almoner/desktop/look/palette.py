"""Qt's own palette, filled from the tokens, for everything the style sheet does not reach."""

from PySide6.QtGui import QColor, QPalette

from almoner.desktop.look.tokens import Tokens


def palette_of(tokens: Tokens) -> QPalette:
    """Return the palette of a theme."""
    roles = QPalette.ColorRole
    palette = QPalette()
    for role, colour in {
        roles.Window: tokens.page,
        roles.WindowText: tokens.text,
        roles.Base: tokens.page,
        roles.AlternateBase: tokens.hover,
        roles.Text: tokens.text,
        roles.PlaceholderText: tokens.hint,
        roles.Button: tokens.button,
        roles.ButtonText: tokens.text,
        roles.BrightText: tokens.wrong,
        roles.Highlight: tokens.accent,
        roles.HighlightedText: tokens.on_accent,
        roles.Link: tokens.link,
        roles.LinkVisited: tokens.link,
        roles.ToolTipBase: tokens.toast.back,
        roles.ToolTipText: tokens.toast.text,
        roles.Light: tokens.card_edge,
        roles.Midlight: tokens.line,
        roles.Mid: tokens.card_edge,
        roles.Dark: tokens.edge,
        roles.Shadow: tokens.line,
        roles.Accent: tokens.accent,
    }.items():
        palette.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.hint))
    return palette
