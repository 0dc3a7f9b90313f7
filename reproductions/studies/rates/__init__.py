"""How fast each part of the suite is, beside the plain form and the program that a user would pick."""
