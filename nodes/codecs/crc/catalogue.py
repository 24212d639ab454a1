"""The CRCs we know by name: Rocksoft parameters as data (source: the reveng CRC catalogue). The arithmetic is in `crc`.

One row each: name, polynomial, start value, final XOR (hexadecimal, as wide as the CRC), which bit of a byte goes first
(lsb where the catalogue says reflected), aliases. "CRC-16/CCITT" is KERMIT here, as in the catalogue; makers who write
CCITT often mean IBM-3740.
"""

CATALOGUE = """
CRC-8/AUTOSAR             2F       FF       FF       msb
CRC-8/BLUETOOTH           A7       00       00       lsb
CRC-8/CDMA2000            9B       FF       00       msb
CRC-8/DARC                39       00       00       lsb
CRC-8/DVB-S2              D5       00       00       msb
CRC-8/GSM-A               1D       00       00       msb
CRC-8/GSM-B               49       00       FF       msb
CRC-8/HITAG               1D       FF       00       msb
CRC-8/I-432-1             07       00       55       msb CRC-8/ITU
CRC-8/I-CODE              1D       FD       00       msb
CRC-8/LTE                 9B       00       00       msb
CRC-8/MAXIM-DOW           31       00       00       lsb CRC-8/MAXIM DOW-CRC
CRC-8/MIFARE-MAD          1D       C7       00       msb
CRC-8/NRSC-5              31       FF       00       msb
CRC-8/OPENSAFETY          2F       00       00       msb
CRC-8/ROHC                07       FF       00       lsb
CRC-8/SAE-J1850           1D       FF       FF       msb
CRC-8/SMBUS               07       00       00       msb CRC-8
CRC-8/TECH-3250           1D       FF       00       lsb CRC-8/AES CRC-8/EBU
CRC-8/WCDMA               9B       00       00       lsb
CRC-16/ARC                8005     0000     0000     lsb ARC CRC-16/LHA CRC-IBM
CRC-16/CDMA2000           C867     FFFF     0000     msb
CRC-16/CMS                8005     FFFF     0000     msb
CRC-16/DDS-110            8005     800D     0000     msb
CRC-16/DECT-R             0589     0000     0001     msb R-CRC-16
CRC-16/DECT-X             0589     0000     0000     msb X-CRC-16
CRC-16/DNP                3D65     0000     FFFF     lsb
CRC-16/EN-13757           3D65     0000     FFFF     msb
CRC-16/GENIBUS            1021     FFFF     FFFF     msb CRC-16/DARC CRC-16/EPC CRC-16/EPC-C1G2 CRC-16/I-CODE
CRC-16/GSM                1021     0000     FFFF     msb
CRC-16/IBM-3740           1021     FFFF     0000     msb CRC-16/AUTOSAR CRC-16/CCITT-FALSE
CRC-16/IBM-SDLC           1021     FFFF     FFFF     lsb CRC-16/ISO-HDLC CRC-16/ISO-IEC-14443-3-B CRC-16/X-25 CRC-B X-25
CRC-16/ISO-IEC-14443-3-A  1021     C6C6     0000     lsb CRC-A
CRC-16/KERMIT             1021     0000     0000     lsb CRC-16/CCITT CRC-16/CCITT-TRUE CRC-16/V-41-LSB CRC-CCITT KERMIT
CRC-16/LJ1200             6F63     0000     0000     msb
CRC-16/M17                5935     FFFF     0000     msb
CRC-16/MAXIM-DOW          8005     0000     FFFF     lsb CRC-16/MAXIM
CRC-16/MCRF4XX            1021     FFFF     0000     lsb
CRC-16/MODBUS             8005     FFFF     0000     lsb MODBUS
CRC-16/NRSC-5             080B     FFFF     0000     lsb
CRC-16/OPENSAFETY-A       5935     0000     0000     msb
CRC-16/OPENSAFETY-B       755B     0000     0000     msb
CRC-16/PROFIBUS           1DCF     FFFF     FFFF     msb CRC-16/IEC-61158-2
CRC-16/RIELLO             1021     B2AA     0000     lsb
CRC-16/SPI-FUJITSU        1021     1D0F     0000     msb CRC-16/AUG-CCITT
CRC-16/T10-DIF            8BB7     0000     0000     msb
CRC-16/TELEDISK           A097     0000     0000     msb
CRC-16/TMS37157           1021     89EC     0000     lsb
CRC-16/UMTS               8005     0000     0000     msb CRC-16/BUYPASS CRC-16/VERIFONE
CRC-16/USB                8005     FFFF     FFFF     lsb
CRC-16/XMODEM             1021     0000     0000     msb CRC-16/ACORN CRC-16/LTE CRC-16/V-41-MSB XMODEM ZMODEM
CRC-32/AIXM               814141AB 00000000 00000000 msb CRC-32Q
CRC-32/AUTOSAR            F4ACFB13 FFFFFFFF FFFFFFFF lsb
CRC-32/BASE91-D           A833982B FFFFFFFF FFFFFFFF lsb CRC-32D
CRC-32/BZIP2              04C11DB7 FFFFFFFF FFFFFFFF msb CRC-32/AAL5 CRC-32/DECT-B B-CRC-32
CRC-32/CD-ROM-EDC         8001801B 00000000 00000000 lsb
CRC-32/CKSUM              04C11DB7 00000000 FFFFFFFF msb CKSUM CRC-32/POSIX
CRC-32/ISCSI              1EDC6F41 FFFFFFFF FFFFFFFF lsb CRC-32/BASE91-C CRC-32/CASTAGNOLI CRC-32/INTERLAKEN CRC-32C
CRC-32/ISO-HDLC           04C11DB7 FFFFFFFF FFFFFFFF lsb CRC-32 CRC-32/ADCCP CRC-32/V-42 CRC-32/XZ PKZIP
CRC-32/JAMCRC             04C11DB7 FFFFFFFF 00000000 lsb JAMCRC
CRC-32/MEF                741B8CD7 FFFFFFFF 00000000 lsb
CRC-32/MPEG-2             04C11DB7 FFFFFFFF 00000000 msb
CRC-32/XFER               000000AF 00000000 00000000 msb XFER
"""
