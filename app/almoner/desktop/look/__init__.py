"""How the window looks: colours, sizes, fonts and icons, each declared once and derived from there."""
