"""Long statistical studies with their results, and the second simulator, which imports none of the packages."""
