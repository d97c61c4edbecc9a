"""SigProfilerExtractor with so many signatures, or with the number that it chooses itself between two."""

import tempfile
from pathlib import Path

import pandas as pd
from SigProfilerExtractor.sigpro import sigProfilerExtractor

from contract import options, write_report, write_table

SOLUTION = "SBS96/Suggested_Solution/SBS96_De-Novo_Solution"
PACKAGES = ["SigProfilerExtractor", "SigProfilerAssignment", "torch"]


def main():
    parser = options(__doc__)
    parser.add_argument("--rank", type=int, help="the number of signatures; or else --lowest and --highest")
    parser.add_argument("--lowest", type=int, default=1)
    parser.add_argument("--highest", type=int, default=25)
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--least-iterations", type=int, default=10_000)
    parser.add_argument("--most-iterations", type=int, default=1_000_000)
    given = parser.parse_args()
    counts = pd.read_csv(given.catalogue, sep="\t", index_col=0)
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder, "seeds.txt")
        pd.DataFrame([given.seed], columns=["Seed"]).to_csv(seeds, sep="\t")
        sigProfilerExtractor(
            "matrix",
            str(Path(folder, "output")),
            str(given.catalogue),
            minimum_signatures=given.rank or given.lowest,
            maximum_signatures=given.rank or given.highest,
            nmf_replicates=given.replicates,
            min_nmf_iterations=given.least_iterations,
            max_nmf_iterations=given.most_iterations,
            nmf_test_conv=min(10_000, given.least_iterations),
            cpu=given.threads,
            assignment_cpu=given.threads,  # without it, all processors are used whatever cpu says
            seeds=str(seeds),
            make_decomposition_plots=False,
        )
        solution = Path(folder, "output", SOLUTION)
        signatures = pd.read_csv(solution / "Signatures/SBS96_De-Novo_Signatures.txt", sep="\t", index_col=0)
        activities = pd.read_csv(solution / "Activities/SBS96_De-Novo_Activities_refit.txt", sep="\t", index_col=0)
    names = list(signatures.columns)
    activities = activities.reindex(index=counts.columns, columns=names, fill_value=0)  # it leaves out empty patients
    write_table(given.signatures, "channel", names, signatures.index, signatures.to_numpy())
    write_table(given.exposures, "signature", counts.columns, names, activities.to_numpy().T)
    write_report(given.report, PACKAGES)


if __name__ == "__main__":  # its processes import this script
    main()
