package standin

import (
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// promises are the sentences of the reference about a faithful stand-in, and the tests that fail when one is not kept.
var promises = map[string][]func(*testing.T){
	"wire: HTTP 200 with errcode":                                  {TestTokenErrors, TestDraftLimitsAndTheirCodes},
	"wire: uploadimg answers as text/plain":                        {TestUploadedPictureIsPlainTextJSONAndLoadable},
	"wire: success without errcode, item [], unknown fields":       {TestSuccessfulAddHasNoErrcodeAndUndocumentedFields},
	"wire: slashes escaped":                                        {TestUploadedPictureIsPlainTextJSONAndLoadable},
	"wire: publish_id integer or string":                           {TestIdentifiersAsStringsAndLongLinks},
	"wire: rid and hint in errmsg":                                 {TestErrmsgCarriesNoise, TestARidExplainsItself},
	"wire: multipart field media; articles array and object":       {TestBodyPicturesAreJPGOrPNGBelowOneMegabyte, TestDraftShapes},
	"tokens: stable until T-5 min, overlap of 5 min":               {TestStableTokenStaysTheSameUntilFiveMinutesBeforeItsEndAndThenBothWork},
	"tokens: force kills at once, 20 a day, 30 s":                  {TestForcedRefreshKillsAtOnceAndIsRationed},
	"tokens: classic supersedes classic":                           {TestClassicTokensSupersedeEachOtherButNotTheStableFamily},
	"tokens: 42001, 40001, 40014":                                  {TestTokenErrors, TestTokensEndBeforeTheirTime},
	"tokens: expiry between two calls of one job":                  {TestTheWorldChangesBetweenTwoCalls},
	"tokens: another vendor takes the classic token":               {TestAnotherProgramTakesTheClassicToken, TestTheWorldChangesBetweenTwoCalls},
	"tokens: 40164 on any call with the caller's address":          {TestAllowListGuardsEveryCallAndNamesTheCaller, TestTheErrcodeOfTheAllowListNamesTheCaller},
	"tokens: 89503, confirmed, ok; 89506, 89507":                   {TestANewAddressWaitsForTheAdministrator, TestTheAdministratorMayRefuseAnAddress},
	"images: magic, size, format; a new URL each time":             {TestBodyPicturesAreJPGOrPNGBelowOneMegabyte, TestUploadedPictureIsPlainTextJSONAndLoadable},
	"images: limits of add_material":                               {TestMaterialRules},
	"images: a fresh media_id is unknown for a while":              {TestAFreshMaterialIsUnknownToDraftsForAWhile},
	"images: deleted, foreign, temporary material; 48005":          {TestTemporaryForeignAndPinnedMaterials},
	"draft: limits, configurable":                                  {TestDraftLimitsAndTheirCodes, TestDefaultContentLimitIsAMegabyteNotTwentyThousandCharacters},
	"draft: HTML rewritten":                                        {TestContentIsRewrittenAsWeChatRewritesIt},
	"draft: foreign links stripped or 45166":                       {TestForeignLinksAreRefusedWhenSwitched},
	"draft: escapes stay visible":                                  {TestJSONEscapesStayVisibleInAnArticle},
	"draft: a human edits; update_time changes":                    {TestAHumanEditsADraft, TestSavingByHandMayLoseTheDataAttributes},
	"draft: console-only 53504, auto-saved 53505 and 48021":        {TestConsoleFeaturesAndAutoSavingBlockTheAPI, TestMassErrors},
	"draft: a human deletes, publishes, pushes":                    {TestAHumanPublishesPushesAndDeletesDrafts},
	"draft: lists lag behind":                                      {TestListsMayLagBehind},
	"publish: the draft leaves at once, at the end, after a while": {TestWhenTheDraftLeavesTheBoxIsASwitch, TestASubmittedDraftMayLingerInTheBox},
	"publish: status 1 for seconds to hours":                       {TestAPublishIsAcceptedThenReviewedThenPublic, TestReviewTimeCanBeChangedWhileItRuns},
	"publish: then 0, 2, 3, 4":                                     {TestDecidedOutcomes, TestATrialAccountAlwaysFails},
	"publish: later 5 and 6":                                       {TestDeleteCountsFromOneAndZeroMeansAll, TestWhatAReaderFindsAfterHumanActs},
	"publish: a second submit answers 40007, or publishes twice":   {TestAPublishIsAcceptedThenReviewedThenPublic, TestTheNastiestWorldPublishesADraftTwice},
	"publish: article_url in get only; is_deleted":                 {TestTheReadbackOfAPublishedArticle, TestDeleteCountsFromOneAndZeroMeansAll},
	"publish: batchget omits what was pushed":                      {TestAMassMessageIsSentOnceAndListedNowhere, TestAHumanPublishesPushesAndDeletesDrafts},
	"publish: delete index 0 means all":                            {TestDeleteCountsFromOneAndZeroMeansAll},
	"publish: 53501 apart from the quota":                          {TestTheLimiterOfSubmissionsIsNotTheQuota},
	"publish: 48001, also from one call to the next":               {TestCapabilities, TestTheWorldChangesBetweenTwoCalls},
	"mass: clientmsgid for 24 hours, 45065, 45066":                 {TestClientmsgidIsRememberedForADay, TestAnOmittedClientmsgidIsDerivedFromTheContent},
	"mass: 45028":                                         {TestMassQuotaByKindOfAccount},
	"mass: administrator, 30 minutes":                     {TestTheAdministratorDecides},
	"mass: SENDING, then success or failure; 40059":       {TestAMassMessageIsSentOnceAndListedNowhere, TestAFreshMassMessageMayBeUnknown},
	"mass: err(n) events":                                 {TestCallbacksOfWhatWasNotPublished},
	"quota: real numbers, Beijing midnight":               {TestQuotaStartsAnewAtBeijingMidnight},
	"quota: quota/get, clear_quota ten a month":           {TestQuotaGetTellsWhatIsLeft, TestQuotasCanBeCleared},
	"callback: XML and JSON; plain, compat, safe":         {TestACallbackTellsHowAPublishEnded},
	"callback: wrong signature, out of order, lost":       {TestWhatGoesWrongWithCallbacks},
	"callback: three times when slower than five seconds": {TestASlowOrBrokenServerIsAskedThreeTimes},
	"callback: before the reply to submit":                {TestACallbackMayOvertakeTheReply},
	"callback: article_id with a line break":              {TestCallbacksOfWhatWasNotPublished},
	"callback: the address echoes":                        {TestTheAddressOfCallbacksMustEcho},
	"statistics: the next day, after eight; human pushes": {TestTheNextDayTellsWhatAHumanPushed},
	"comments: 88000 and others":                          {TestComments, TestCommentsNeedTheRight},
	"faults: every kind before and after the effect":      {TestEveryFaultSpoilsTheReplyAndKeepsItsPromiseAboutTheEffect, TestWhatArrivesOfASpoiltReply},
	"faults: timeouts before and after; late effects":     {TestDelaysAndClientsThatGiveUp, TestNothingWaitsWithoutASocket, TestALateCallBehindAConnectionOutlivesItsClient},
	"faults: slow drip, gzip":                             {TestSlowDripsBehindASocket},
	"faults: clock skew":                                  {TestTheDateOfRepliesIsTheClocksAndMayBeWrong},
	"faults: scripted or by seed":                         {TestAScriptIsOneLineAndBack, TestAStormRepeatsWithItsSeedAndFitsOneLine, TestAnyFaultIsOneOfAll},
	"inspection: effects, log, acts, time travel":         {TestEveryActHasACommand, TestTravelMovesTheWorld, TestEffectsAreBounded},
	"restart: nothing that was answered is forgotten":     {TestWhatWasAnsweredSurvivesAKill, TestAJournalCutAnywhereInItsLastLineIsReadWithoutIt, TestACallbackIsNotPostedBeforeItIsSaved},
}

// TestEveryPromiseIsKept prints the table with -v; a test that goes away no longer compiles here. It fails for a fault that no storm would draw
// and for a quota of something that is not imitated.
func TestEveryPromiseIsKept(t *testing.T) {
	for promise, tests := range promises {
		var names []string
		for _, f := range tests {
			name := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
			names = append(names, name[strings.LastIndexByte(name, '.')+1:])
		}
		t.Logf("%-60s %s", promise, strings.Join(names, ", "))
	}
	drawn := map[string]bool{"any": true}
	for _, k := range stormKinds {
		what, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimSuffix(k, "-before"), "-after"), " ")
		drawn[what] = true
	}
	for k := range kinds {
		if !drawn[k] && k != "revoke" { // after which nothing is published any more
			t.Errorf("no storm has %q", k)
		}
	}
	for path := range realLimits() {
		if _, ok := endpoints()[path]; !ok {
			t.Errorf("a quota for %s, which is not imitated", path)
		}
	}
}
