"""The lab's RSA keys: derived from a name, in memory only, never written anywhere.

They are no secret. Whoever reads this module can make them, so nothing but a drill's own policy may
ever trust what they sign; in return the same seed gives the same signed bytes on every machine.
"""

from __future__ import annotations

from functools import cache
from math import gcd, prod

from cryptography.hazmat.primitives.asymmetric import rsa

from unrig.drill.build.seeds import stream

_PRIME_BYTES = 128
_EXPONENT = 65537
_ROUNDS = 8
"""Miller-Rabin rounds: for 1024-bit candidates not chosen by an adversary 4 leave below 2^-128 (HAC, table 4.4)."""


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """Return the 2048-bit key of this name, the same one on every machine."""
    first, second = (_prime(f"{name}/{letter}") for letter in "pq")
    modulus = first * second
    exponent = pow(_EXPONENT, -1, (first - 1) * (second - 1))
    return rsa.RSAPrivateNumbers(
        p=first,
        q=second,
        d=exponent,
        dmp1=rsa.rsa_crt_dmp1(exponent, first),
        dmq1=rsa.rsa_crt_dmq1(exponent, second),
        iqmp=rsa.rsa_crt_iqmp(first, second),
        public_numbers=rsa.RSAPublicNumbers(_EXPONENT, modulus),
    ).private_key()


@cache
def _small_primes_product() -> int:
    """Return the product of the odd primes below 10,000: one gcd stands for their trial divisions."""
    limit = 10_000
    sieve = bytearray([1]) * limit
    for number in range(3, 100, 2):
        sieve[number * number :: 2 * number] = bytes(len(range(number * number, limit, 2 * number)))
    return prod(number for number in range(3, limit, 2) if sieve[number])


def _prime(label: str) -> int:
    """Return the first prime at or after a number drawn for the label, with its two highest bits set."""
    high_bits = 3 << (8 * _PRIME_BYTES - 2)
    candidate = int.from_bytes(stream(0, f"lab key/{label}", _PRIME_BYTES)) | high_bits | 1
    while not _is_prime(candidate, label):
        candidate += 2
    return candidate


def _is_prime(number: int, label: str) -> bool:
    if gcd(number, _small_primes_product()) > 1 or gcd(number - 1, _EXPONENT) > 1:
        return False
    drawn = (int.from_bytes(stream(0, f"witness/{label}/{turn}", 16)) for turn in range(_ROUNDS - 1))
    return all(_passes(number, base) for base in (2, *drawn))


def _passes(number: int, base: int) -> bool:
    """Return whether the Miller-Rabin test with this base calls the number prime."""
    twos = (number - 1 & -(number - 1)).bit_length() - 1
    power = pow(base, number - 1 >> twos, number)
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = pow(power, 2, number)
        if power == number - 1:
            return True
    return False
