"""The parts screens are made of: tags, cards, banners, lists. None of them knows what a case is."""
