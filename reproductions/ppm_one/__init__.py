"""Li & Brüschweiler 2015, PPM_One: backbone chemical shifts from protein structures, one or an ensemble."""
