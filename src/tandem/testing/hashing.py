"""Password hashing for tests: the algorithm of production at the least cost it allows."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """Argon2 that takes microseconds; the time that a hash costs in production is no part of what a test proves."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
