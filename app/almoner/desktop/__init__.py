"""What a worker sees: windows, screens and the parts they are made of. The only room that knows Qt."""
