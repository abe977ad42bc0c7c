"""Information devices from receipt to scrapping; every department keeps the files of its own, the device office watches over all."""
