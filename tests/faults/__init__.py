"""Proof by fault: every file call of a program fails once, the program dies at each, the power goes at each."""
