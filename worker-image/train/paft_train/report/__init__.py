"""The stage `report`: compares the evaluated subjects sample by sample, picks the best candidate, and shows it."""
