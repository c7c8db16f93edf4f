"""Config OP (``oidcc-config-certification-test-plan``), by every provider of ours."""

from tests.conformance.plans.modules_discovery import test_oidcc_discovery_endpoint_verification
from tests.conformance.plans.variant import BOTH

VARIANTS = BOTH
