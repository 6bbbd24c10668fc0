"""What the method does to a real model, section by section; `__main__` lists them."""
