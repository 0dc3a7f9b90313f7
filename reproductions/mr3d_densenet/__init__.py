"""Liu 2019: MR-3D-DenseNet, isotropic shieldings of atoms in crystals from multi-resolution densities."""
