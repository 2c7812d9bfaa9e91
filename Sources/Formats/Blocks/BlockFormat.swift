// SPDX-License-Identifier: Apache-2.0

/// How the scale of a block of elements follows from the elements.
public enum BlockScaleRule: String, Hashable, Sendable, Codable {
  /// X = 2^(⌊log2 max |V|⌋ - emax), emax of the element's format, clamped to the scale's range; an
  /// element is V / X rounded to nearest even, and clamped to the largest finite number (OCP
  /// Microscaling Formats (MX) Specification 1.0, 6.3).
  case floorOfLargest = "ocp-mx"
  /// Two levels: s = Ω_S Ω_P / max |V| over the tensor, S = fl(max |V| / Ω_P · s) over the block,
  /// an element is V · 1/(S · 1/s) rounded to nearest even and clamped; Ω_S and Ω_P the largest
  /// numbers of the scale's and the element's format, every step in FP32 ("Pretraining Large
  /// Language Models with NVFP4", arXiv:2509.25149, appendix C).
  case largestOfTensor = "nvfp4"
}

/// A format of blocks: so many consecutive elements in a narrow format share a scale.
public struct BlockFormat: Hashable, Sendable {
  /// The short name, such as `mxfp4`.
  public let id: String
  /// The name that its source gives it.
  public let title: String
  /// The format of an element.
  public let element: Format
  /// The format of a block's scale.
  public let scale: Format
  /// The number of elements in a block.
  public let size: Int
  /// How the scale follows from the elements.
  public let rule: BlockScaleRule

  /// The bits that an element takes with its part of the block's scale.
  public var bitsPerElement: Double {
    Double(element.bitWidth) + Double(scale.bitWidth) / Double(size)
  }
}

extension BlockFormat {
  /// OCP MX's block: 32 elements under an E8M0 scale (section 5.2).
  private static func mx(_ id: String, _ title: String, _ element: Format) -> BlockFormat {
    BlockFormat(
      id: id, title: title, element: element, scale: .e8m0, size: 32, rule: .floorOfLargest)
  }

  /// MXFP8 with E4M3 elements.
  public static let mxfp8E4M3 = mx("mxfp8-e4m3", "OCP MXFP8 (E4M3)", .e4m3)
  /// MXFP8 with E5M2 elements.
  public static let mxfp8E5M2 = mx("mxfp8-e5m2", "OCP MXFP8 (E5M2)", .e5m2)
  /// MXFP6 with E3M2 elements.
  public static let mxfp6E3M2 = mx("mxfp6-e3m2", "OCP MXFP6 (E3M2)", .e3m2)
  /// MXFP6 with E2M3 elements.
  public static let mxfp6E2M3 = mx("mxfp6-e2m3", "OCP MXFP6 (E2M3)", .e2m3)
  /// MXFP4.
  public static let mxfp4 = mx("mxfp4", "OCP MXFP4 (E2M1)", .e2m1)
  /// NVFP4: 16 elements of E2M1 under an E4M3 scale, under an FP32 scale of the tensor.
  public static let nvfp4 = BlockFormat(
    id: "nvfp4", title: "NVIDIA NVFP4 (E2M1)", element: .e2m1, scale: .e4m3, size: 16,
    rule: .largestOfTensor)

  /// The formats, the widest first.
  public static let named = [mxfp8E4M3, mxfp8E5M2, mxfp6E3M2, mxfp6E2M3, nvfp4, mxfp4]
}
