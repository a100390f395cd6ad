// Package model chooses between candidates by their context.
//
// Most Simplified characters have one Traditional counterpart. Some have
// several (发: 發 or 髮), and some words of the mainland are replaced in Taiwan
// or Hong Kong in one sense only (程序: 程式 in a computer, 程序 in court). A
// dictionary that takes the longest match errs where a phrase crosses a word
// boundary (发|明了, not 明了 as 明瞭), in names, and where no phrase matches.
//
// An [Item] is what has to be decided: a character or a word with its
// candidates. A [Decider] scores the candidates by what stands around the item,
// a [Window]:
//
//	       Left                    Right
//	[3]  [2]  [1]  [0]        [0]  [1]  [2]  [3]
//	 他   剪   短   了    发    ，   很   精   神
//
//	Prior   發   what the dictionaries alone choose
//	Votes   髮   of each phrase that covers the item, such as 短发
//
// The score of a candidate is a sum of weights, one for each feature of the
// window: a log-linear model (multinomial logistic regression; Berger et al.,
// "A Maximum Entropy Approach to Natural Language Processing", 1996). Features
// are the item with one to three of its neighbours, with the kinds of its
// neighbours, and with the dictionaries' opinions. They are known by hashes
// without a list of their names (Weinberger et al., "Feature Hashing for Large
// Scale Multitask Learning", 2009); [Weights] keeps those that matter, with a
// check, so that what no text has shown says nothing, and finds each by a single
// load.
//
// Most decisions need no more than a look at the neighbours: beside some the
// dictionaries have never been overruled ([Decider.Trusts], [Decider.TrustsPair]),
// beside others the first candidate leads by far ([Decider.Glance]).
//
// Each region has a table of its own: the weights of all texts, plus what the
// region's texts add to them (Daumé III, "Frustratingly Easy Domain
// Adaptation", 2007), summed by the trainer.
//
// The weights are computed by internal/train; docs/accuracy.md tells from what,
// what each part gains, and where it still fails.
package model
