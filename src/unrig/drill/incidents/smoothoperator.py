"""`smoothoperator`: a calling client's installer is rigged by a rebuilt codec library and a carrier signed by another.

Everything is drawn from the seed, within these bounds, and nothing from what any rule looks for:

- the product in the manner of Electron, its publisher, the stand-in of the operating system's publisher, names and
  folders of files (the carrier sometimes in a folder of its own), framework and browser versions, dates, build
  environments, which files the publisher signs and how often: as `build.client_cast` draws them;
- the installer: an MSI with its cabinet stored, MSZIP or LZX, sectors of 512 or 4,096 bytes, three in four signed;
- the payload: 24 KiB to 300 KiB of random bytes in the signature of the operating system's library: behind the
  signature, split over two entries, in an entry of an undefined type, between entries, in an unsigned attribute, in a
  certificate or a revocation list that no chain uses; the codec library names the carrier in ASCII, UTF-16 or not at
  all;
- the codec library: the same name and framework, built elsewhere (linker, Rich header, PDB path, compiler), with two
  to four new functions, one of which names imports that read a file and make memory executable behind its return;
- besides the rigged release the one before, the clean one in its place, and benign ones: the framework rises and its
  libraries with it; a tag of 1 to 12 KiB for one customer in the program's signature table, in a certificate or behind
  the package; a service release with a new helper program; a rotation of the publisher's certificate; the repaired
  build;
- telemetry, where devices are asked for (200 of them are the usual): 60 days from 15 to 18 before the roll-out, which
  takes five days; 62 of 100 devices have the product, 70 of these take the release; 30 of 100 lack one to three of
  endpoint agent, module loads, name queries, connections, audit of files, network sensor and proxy; the release sleeps
  5 to 9 days at least and 3 to 10 more at most, then asks one of six public sites for an icon; four in ten of those
  then call one to three servers every 10 to 120 minutes, early or late by 5 to 45 parts of a hundred, and open the
  stores of four browsers; on three somebody works by hand. Around it browsing, updates, clocks, reports at even hours,
  an open chat line, calls, developers' tools, administrators' scripts and commands, and a backup that opens browsers'
  profiles every night; as Sysmon and Security events in JSON lines of either exporter, Zeek's conn, dns and ssl logs as
  JSON or tabs, and Squid's access log, of a proxy that sees into what is encrypted or does not;
- six to sixteen icons as a site hosts them, seven in eight with 90 to 900 bytes of Base64 behind their end, and their
  clean twins; an update feed for the rigged release.
"""

from __future__ import annotations

from unrig.drill.build.client import build_client
from unrig.drill.build.client_line_up import BENIGN, client_line_up, specs
from unrig.drill.build.feed import feed
from unrig.drill.build.hosting import hidden_in_images, hosted_images
from unrig.drill.build.lab_policy import POLICY, policy_files
from unrig.drill.build.telemetry import Hunted, rollout
from unrig.drill.build.telemetry_plan import FleetSpec
from unrig.drill.build.truth import TRUTH_FILE, Built, Incident, Truth, VetTruth, encode

HOSTED, TWIN = "hosting/images", "hosting/images-twin"


def build(seed: int) -> Built:
    """Return the drill of this seed: the same seed gives the same bytes."""
    shown = client_line_up(seed)
    rigged = shown["rigged"]
    truth = Truth(
        incident=INCIDENT.id,
        seed=seed,
        policy=POLICY,
        releases=(*(each.truth for each in shown.values()), *_hosting(seed)),
    )
    files = {f"releases/{path}": data for each in shown.values() for path, data in each.shipped.files.items()}
    files |= {f"{HOSTED}/{path}": data for path, data in hosted_images(seed, carrying=True).items()}
    files |= {f"{TWIN}/{path}": data for path, data in hosted_images(seed, carrying=False).items()}
    listed = feed(rigged.shipped, rigged.client.drawn.version, rigged.client.drawn.built)
    files |= {f"feed/{path}": data for path, data in listed.items()}
    return Built(files=dict(sorted((files | policy_files() | {TRUTH_FILE: encode(truth)}).items())), truth=truth)


def _hosting(seed: int) -> tuple[VetTruth, ...]:
    """Return what may be said of the images: what hides there deserves a look at least."""
    carrying = VetTruth(
        role="hosting",
        path=HOSTED,
        version="",
        verdicts=("review", "suspicious", "rigged"),
        rigged=True,
        hidden=hidden_in_images(seed),
    )
    return (carrying, VetTruth(role="hosting_twin", path=TWIN, version="", verdicts=BENIGN))


def telemetry(seed: int, devices: int) -> Hunted:
    """Return the telemetry of a fleet of so many devices on which the rigged release was rolled out.

    Raises:
        ValueError: there are fewer than 10 or more than 20,000.
    """
    made = specs(seed)
    before, after = build_client(made["baseline"], seed), build_client(made["rigged"], seed)
    rigged = frozenset({after.drawn.carrier, after.drawn.codec})
    return Hunted(rollout(seed, FleetSpec(devices=devices), before, after, rigged))


INCIDENT = Incident(
    id="smoothoperator",
    title="a calling client's installer, rigged by a rebuilt codec library and a carrier",
    build=build,
    telemetry=telemetry,
)
"""The first incident of this kind; its shape is that of March 2023, its names are nobody's."""
