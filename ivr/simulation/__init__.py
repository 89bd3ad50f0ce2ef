"""Virtual voters, telecallers and the telephone network they live on."""
