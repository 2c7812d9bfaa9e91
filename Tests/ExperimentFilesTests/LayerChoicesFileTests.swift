// SPDX-License-Identifier: Apache-2.0
import Models
import Testing

@testable import ExperimentFiles

@Suite("Choices among layers in an experiment's file")
struct LayerChoicesFileTests {
  /// The experiment of a model's object, or what is wrong with it, a line each.
  private func read(_ model: String) -> (ExperimentDescription?, [String]) {
    let text = "{ kind: 'training', name: 'x', policies: ['fp32'],\n model: \(model) }"
    do {
      return (try ExperimentFile(Array(text.utf8), path: "f").description, [])
    } catch {
      return (nil, error.list.map(\.description))
    }
  }

  @Test("Every choice is read, and what the writer makes of it is read as the same")
  func roundTrip() throws {
    let later = """
      { name: 'transformer', width: 64, activation: 'silu', norm: 'rms', normEpsilon: 1e-8,
        positions: 'rotary', keyValueHeads: 2, labelSmoothing: 0.25 }
      """
    let description = try #require(read(later).0)
    let layers = description.sizes.layers
    #expect(layers.normalization == .rms && layers.epsilon == 1e-8)
    #expect(layers.positions == .rotary && layers.keyValueHeads == 2)
    #expect(layers.labelSmoothing == 0.25 && description.activation == .silu)
    let dice = try #require(read("{ name: 'unet', loss: 'dice', normEpsilon: 0 }").0)
    #expect(dice.sizes.layers.loss == .dice && dice.sizes.layers.epsilon == 0)
    let plain = try #require(read("{ name: 'transformer' }").0)
    #expect(plain.sizes.layers == LayerChoices())
    for description in [description, dice, plain] {
      let text = ExperimentWriter.text(description)
      let again = try ExperimentFile(Array(text.utf8), path: "f").description
      #expect(again.sizes.layers == description.sizes.layers)
      #expect(again.activation == description.activation)
    }
  }

  @Test("What a model does not have, what is out of range and what does not go together: one line")
  func refusals() {
    let cases = [
      (
        "{ name: 'cnn', positions: 'rotary' }",
        "line 2: 'positions' beside the model 'cnn' (line 2): it is for"
      ),
      ("{ name: 'lstm', loss: 'dice' }", "it is for unet"),
      ("{ name: 'mlp', labelSmoothing: 1 }", "a number from 0 and below 1"),
      ("{ name: 'mlp', labelSmoothing: -0.1 }", "a number from 0 and below 1"),
      ("{ name: 'unet', normEpsilon: -1 }", "a number from 0"),
      ("{ name: 'transformer', norm: 'rsm' }", "rms"),
      ("{ name: 'transformer', keyValueHeads: 3 }", "the 4 heads of queries at width 64 cannot"),
      ("{ name: 'transformer', keyValueHeads: 0 }", "a whole number in 1..."),
      ("{ name: 'transformer', width: 7, positions: 'rotary' }", "the width is to be even"),
      ("{ name: 'unet', loss: 'dice', labelSmoothing: 0.1 }", "the loss is dice"),
    ]
    for (model, message) in cases {
      let (_, problems) = read(model)
      #expect(problems.count == 1 && problems[0].contains(message), "\(model): \(problems)")
    }
  }
}
