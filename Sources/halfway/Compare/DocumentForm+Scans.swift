// SPDX-License-Identifier: Apache-2.0

extension DocumentForm {
  /// `scan`: what is judged is what each format does, and how many bits are needed.
  static let scan = DocumentForm(
    "halfway/scan/1",
    figures: ["results.total.fits[].", "results.tensors[].fits[]."].reduce(into: [:]) {
      $0[$1 + "relativeError"] = FigureMeaning(.smaller, isWorstMissing: true)
      $0[$1 + "overflow"] = FigureMeaning(.smaller)
      $0[$1 + "zeroed"] = FigureMeaning(.smaller)
      $0[$1 + "lost"] = FigureMeaning(.smaller)
    },
    identities: [
      "results.tensors": "name", "results.total.fits": "candidate",
      "results.tensors[].fits": "candidate", "results.total.windows": "format",
      "results.tensors[].windows": "format", "results.passedOver": "name",
    ],
    indifferent: ["files"], determining: [],
    keysLeftOut: """
      environment.commit environment.instructions fits.relativeError fits.scale fits.sqnr
      tensors.fewestBits tensors.smallest total.fewestBits total.smallest
      """)

  /// `scan` of two dumps: what is judged is how far they are apart.
  static let scanDumps = DocumentForm(
    "halfway/scan-dumps/1",
    figures: [
      "results.over": FigureMeaning(.smaller),
      "results.tensors[].relativeError": FigureMeaning(.smaller, isWorstMissing: true),
      "results.tensors[].nans": FigureMeaning(.smaller),
      "results.tensors[].infinities": FigureMeaning(.smaller),
    ],
    identities: ["results.tensors": "name"],
    indifferent: ["files"], determining: [],
    keysLeftOut: """
      configuration.tolerance environment.commit environment.instructions results.first
      tensors.added tensors.different tensors.infinities tensors.inherited tensors.largestAt tensors.largestDifference
      tensors.largestUlps tensors.nans tensors.relativeError
      """)
}
